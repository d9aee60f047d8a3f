"""The blueprint on which every operation of the product API is registered."""

import azure.functions as func

blueprint = func.Blueprint()

ORGANIZATION = "/v1/organizations/{organization}"
CONNECTION = ORGANIZATION + "/connections/{connection}"
USER = ORGANIZATION + "/users/{user}"
