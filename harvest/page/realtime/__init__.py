"""newliveweb as it is: driven in real time, one pair after the other, and never believed without proof.

    page          the adapter
    settings      how long it looks, and in what window
    proving       the self-test
    deliveries    presets and manifests, looked at and hashed on their way into the browser
    verdicts      what a measurement proves, and what the page is found to be
    tap, answers  what the page's side is asked, and what it brings, checked once
    click         the music of those who give none
    prepare.js    what stands in the page before its own scripts
    memory.js     gives the engines their sound, where the page does not
    tap.js        reads the page as it draws, and asks it for pairs

Each remedy is against a defect that was measured in the page, and is on only where that defect is found or
cannot be excluded.
"""

from harvest.page.realtime.page import RealtimePage
from harvest.page.realtime.settings import RealtimeSettings, small_window

__all__ = ["RealtimePage", "RealtimeSettings", "small_window"]
