"""The tables; Bicep makes them, and a test holds the two lists together."""

ORGANIZATIONS = "organizations"
USERS = "users"
MAILBOXES = "mailboxes"
UPKEEP = "upkeep"
SIGN_INS = "signins"
PRODUCT_EVENTS = "productevents"

TABLES = (ORGANIZATIONS, USERS, MAILBOXES, UPKEEP, SIGN_INS, PRODUCT_EVENTS)
