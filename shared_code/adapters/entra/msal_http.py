"""What MSAL sends its requests with."""

from typing import Any

import requests

from shared_code.adapters.entra.credentials import CONNECT_SECONDS, READ_SECONDS


class MsalHttp(requests.Session):
    """Bounded in time, no redirects, and the last answer's status is kept."""

    status = 0
    retry_after: str | None = None

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.update(timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False)
        answer = super().request(*args, **kwargs)
        self.status, self.retry_after = answer.status_code, answer.headers.get("Retry-After")
        return answer
