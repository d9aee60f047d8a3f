"""What somebody filled in on a page."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

import azure.functions as func

from shared_code.errors import Problem, Rejected

LARGEST_FORM = 256 * 1024  # bytes


def read_form(request: func.HttpRequest) -> Mapping[str, Sequence[str]]:
    """Each field's values in their order."""
    body = request.get_body()
    if len(body) > LARGEST_FORM:
        raise Rejected(Problem.BODY_TOO_LARGE, "The form is too large.")
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=2000)
    except ValueError as error:
        raise Rejected(Problem.INVALID_REQUEST, "The form cannot be read.") from error
