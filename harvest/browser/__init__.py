"""The one owner of browser processes: launched, watched, repaired, retired and cleaned up here."""
