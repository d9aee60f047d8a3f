"""The minute timer: whatever is due, whether or not anybody said so."""

import azure.functions as func

from shared_code.bootstrap import app

blueprint = func.Blueprint()


@blueprint.function_name("user_match_sweep")
@blueprint.timer_trigger(arg_name="timer", schedule="0 * * * * *", run_on_startup=False, use_monitor=True)
async def user_match_sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger needs its argument
    orgcal = app()
    now = orgcal.clock.now()
    try:
        await orgcal.upkeep_run.run(now)
    finally:
        await orgcal.dead_letter_run.run(now)
