"""What stands around a page: the product's brand, and the reader's language."""

import azure.functions as func

from shared_code.bootstrap import App
from shared_code.pages.brand import Brand, Logo
from shared_code.pages.frames import Frame
from shared_code.pages.languages import locale_of


def brand_of(orgcal: App) -> Brand:
    settings = orgcal.settings
    logo = None if settings.logo is None else Logo(settings.logo.media_type, settings.logo.content)
    return Brand(settings.product_name, logo, settings.color)


def frame_of(orgcal: App, request: func.HttpRequest, locale: str | None = None) -> Frame:
    """``locale``: the one that the portal link names, if it does."""
    return Frame(brand_of(orgcal), locale_of(locale, request.headers.get("Accept-Language")))
