"""The local Functions host: HTTP, queue triggers and timers around Microsoft's own Python worker library."""
