"""What it costs: each module measures one part of the app and offers ``async def run() -> list[Row]``."""
