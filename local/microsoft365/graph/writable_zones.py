"""The zones that the calendar takes in a write: those of Windows, and some by their IANA names.

learn.microsoft.com/graph/api/resources/datetimetimezone (read 2026-11-21); where the page gives two names, both count.
"""

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_BY_REGION = {
    "Africa": "Cairo Casablanca Johannesburg Lagos Nairobi Windhoek",
    "America": (
        "Anchorage Argentina/Buenos_Aires Asuncion Bahia Bogota Caracas Cayenne Chicago Chihuahua Cuiaba Denver "
        "Godthab Guatemala Halifax Indiana/Indianapolis La_Paz Los_Angeles Mexico_City Montevideo New_York "
        "Phoenix Regina Santa_Isabel Santiago Sao_Paulo St_Johns"
    ),
    "Asia": (
        "Almaty Amman Astana Baghdad Baku Bangkok Beirut Colombo Damascus Dhaka Dubai Irkutsk Jerusalem Kabul Karachi "
        "Kathmandu Kolkata Krasnoyarsk Magadan Novosibirsk Rangoon Riyadh Seoul Shanghai Singapore Taipei Tashkent "
        "Tbilisi Tehran Tokyo Toshkent Ulaanbaatar Vladivostok Yakutsk Yangon Yekaterinburg Yerevan"
    ),
    "Atlantic": "Azores Cape_Verde Reykjavik",
    "Australia": "Adelaide Brisbane Darwin Hobart Perth Sydney",
    "Etc": "GMT GMT+11 GMT+12 GMT+2 GMT-12",
    "Europe": "Berlin Bucharest Budapest Istanbul Kaliningrad Kiev Kyiv London Moscow Paris Warsaw",
    "Indian": "Mauritius",
    "Pacific": "Apia Auckland Fiji Guadalcanal Honolulu Kiritimati Port_Moresby Tongatapu",
}
_IANA = {f"{region}/{place}".lower() for region, places in _BY_REGION.items() for place in places.split()}
_NAMES = {"utc", "tzone://microsoft/utc"} | _IANA | {name.lower() for name in WINDOWS_TO_OLSON}


def is_writable_zone(name: str) -> bool:
    return name.lower() in _NAMES
