"""The Azure Functions app: registers the blueprints, nothing else."""

import azure.functions as func

from functions import (
    calendar_sync,
    consent,
    notifications,
    portal,
    product_api,
    reference,
    service,
    user_match,
    user_match_sweep,
)

app = func.FunctionApp()
for room in (
    consent,
    portal,
    notifications,
    product_api,
    reference,
    service,
    user_match,
    calendar_sync,
    user_match_sweep,
):
    app.register_functions(room.blueprint)
