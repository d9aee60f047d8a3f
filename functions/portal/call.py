"""A request for a signed-in page: who asks, in which language, and what they filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import azure.functions as func

from functions.calls import checked_id
from functions.forms import read_form
from functions.page_answers import page_answer, redirect_answer, saying
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.portal_session import Visit
from shared_code.pages.frames import Frame
from shared_code.pages.said import Said

if TYPE_CHECKING:
    from shared_code.bootstrap import App


@dataclass(frozen=True)
class PortalCall:
    app: "App"
    request: func.HttpRequest
    visit: Visit
    frame: Frame
    now: datetime

    @property
    def organization(self) -> OrganizationId:
        return self.visit.session.organization

    @property
    def by(self) -> ProductUserId:
        """Who acts: whoever is signed in."""
        return self.visit.user.user

    @property
    def connection(self) -> ConnectionId:
        return ConnectionId(checked_id(self.request.route_params.get("connection", ""), "connection"))

    @property
    def user(self) -> ProductUserId:
        return ProductUserId(checked_id(self.request.route_params.get("user", ""), "user"))

    @cached_property
    def form(self) -> Mapping[str, Sequence[str]]:
        return read_form(self.request)

    def field(self, name: str) -> str:
        """The first value, trimmed; empty if there is none."""
        return next(iter(self.form.get(name, ())), "").strip()

    def fields(self, name: str) -> tuple[str, ...]:
        """Of boxes that were ticked."""
        return tuple(self.form.get(name, ()))

    def query(self, name: str) -> str:
        return str(self.request.params.get(name, "")).strip()

    def page(self, html: str, status: int = 200) -> func.HttpResponse:
        return page_answer(html, status=status)

    def back(self, path: str, said: Said | None = None) -> func.HttpResponse:
        """After an act: to a page that can be reloaded, which says what came of it."""
        answer = redirect_answer(path)
        return answer if said is None else saying(answer, said)
