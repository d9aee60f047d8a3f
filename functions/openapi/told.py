"""The document's webhooks: what the product is told, signed as Standard Webhooks has it."""

from typing import Any

from functions.openapi.samples import read_sample
from functions.webhooks import WEBHOOKS, Webhook

Json = dict[str, Any]

SIGNED = """POSTed to the deployment's target, signed as [Standard Webhooks](https://www.standardwebhooks.com) has it.
Verify the signature over the raw body before anything else; `webhook-id` is the same whenever an event comes again."""

_HEADERS = {
    "webhook-id": "The event's id, the same at each try.",
    "webhook-timestamp": "When this try was signed, in seconds since 1970.",
    "webhook-signature": "One signature or several, spaces between, each `v1,` and base64.",
}


def describe_webhooks(references: dict[Any, Json]) -> Json:
    return {str(webhook.kind): {"post": _webhook(webhook, references)} for webhook in WEBHOOKS.values()}


def _webhook(webhook: Webhook, references: dict[Any, Json]) -> Json:
    example = read_sample(webhook.kind)
    content: Json = {"schema": _payload(webhook, references)} | ({"example": example} if example else {})
    return {
        "operationId": str(webhook.kind),
        "tags": ["Webhooks"],
        "summary": webhook.summary,
        "description": SIGNED,
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}
            for name, about in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "2XX": {"description": "Taken; it is not sent again."},
            "410": {"description": "Nothing is sent to this target any more."},
            "default": {"description": "It is sent again, ever more rarely, for a day."},
        },
    }


def _payload(webhook: Webhook, references: dict[Any, Json]) -> Json:
    return {
        "type": "object",
        "required": ["event", "type", "timestamp", "organization", "data"],
        "properties": {
            "event": {"type": "string", "description": "The same as `webhook-id`."},
            "type": {"const": str(webhook.kind)},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "organization": {"type": "string"},
            "data": references[webhook.data],
        },
    }
