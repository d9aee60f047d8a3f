"""A person with a browser: opens links, fills in forms, and is sent from page to page."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpx

MOST_REDIRECTS = 10


@dataclass
class Form:
    id: str
    action: str
    in_main: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    url: str
    status: int
    text: str

    @property
    def title(self) -> str:
        return self.text.partition("<title>")[2].partition("</title>")[0]

    def form(self, form_id: str = "") -> Form:
        """The form with this id, or that is sent there; without one, the first of the content."""
        found = next(self._forms(form_id), None)
        if found is None:
            raise AssertionError(f"{self.url}, “{self.title}”, has no form {form_id or 'at all'}")
        return found

    def has_form(self, form_id: str) -> bool:
        return next(self._forms(form_id), None) is not None

    def _forms(self, form_id: str) -> Iterator[Form]:
        """Forms around the content, such as one to sign out, are only meant where they are named."""
        forms = _Forms(self.text).forms
        has_content = "<main" in self.text
        for form in forms:
            if form_id in (form.id, form.action) if form_id else form.in_main or not has_content:
                yield form


class Walker(Protocol):
    """``account`` is what they sign in with at Microsoft."""

    account: str

    def open(self, url: str) -> Page: ...

    def submit(self, page: Page, form_id: str = "", **fields: str) -> Page:
        """Send the form with this id, or that goes to this address; without one, the first of the content."""
        ...


class Person:
    """Signs in as ``account`` wherever Microsoft asks, and has a browser of their own."""

    def __init__(self, trust: ssl.SSLContext, account: str) -> None:
        self.account = account
        self._client = httpx.Client(verify=trust, timeout=60)

    def close(self) -> None:
        self._client.close()

    def open(self, url: str) -> Page:
        return self._follow(self._client.get(url))

    def submit(self, page: Page, form_id: str = "", **fields: str) -> Page:
        """Send a form as a browser does, which says where the page was from."""
        form = page.form(form_id)
        target = urljoin(page.url, form.action or page.url)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
        answer = self._client.post(target, data={**form.fields, **fields}, headers={"Origin": origin})
        return self._follow(answer)

    def consent(self, activation_link: str) -> Page:
        """From the link through Microsoft's pages to whatever the app shows then."""
        page = self.submit(self.open(activation_link))
        if page.has_form("sign-in"):
            page = self.submit(page, "sign-in", account=self.account)
        if page.has_form("accept"):
            page = self.submit(page, "accept")
        return self.sign_in(page)

    def sign_in(self, page: Page) -> Page:
        return self.submit(page, "sign-in", account=self.account) if page.has_form("sign-in") else page

    def connect(self, activation_link: str) -> Page:
        """The whole way: consent, proof, confirmation."""
        return self.submit(self.consent(activation_link))

    def _follow(self, answer: httpx.Response) -> Page:
        for _ in range(MOST_REDIRECTS):
            if not answer.is_redirect:
                return Page(str(answer.url), answer.status_code, answer.text)
            answer = self._client.get(urljoin(str(answer.url), answer.headers["location"]))
        raise AssertionError(f"more than {MOST_REDIRECTS} redirects, the last to {answer.url}")


class _Forms(HTMLParser):
    """The forms of a page with their hidden fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._is_in_main = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self._is_in_main |= tag == "main"
        if tag == "form":
            self.forms.append(Form(named.get("id", ""), named.get("action", ""), self._is_in_main))
        elif tag == "input" and self.forms and named.get("type") == "hidden":
            self.forms[-1].fields[named["name"]] = named.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._is_in_main &= tag != "main"
