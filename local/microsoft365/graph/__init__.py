"""Microsoft Graph: the directory and the calendars."""
