"""The Azure Functions app: registers the blueprints, nothing else."""

import azure.functions as func

from functions import (
    assets,
    calendar_sync,
    consent,
    notifications,
    portal,
    product_api,
    product_delivery,
    reference,
    service,
    user_match,
    user_match_sweep,
)

app = func.FunctionApp()
http = (assets, consent, portal, notifications, product_api, reference, service)
orders = (user_match, calendar_sync, product_delivery)
for room in (*http, *orders, user_match_sweep):
    app.register_functions(room.blueprint)
