"""A click track that is never silent: a bed of noise, and beats upon it. The same samples always."""

import io
import wave

import numpy as np

NAME = "harvest-click.wav"

_RATE = 44_100
_BEAT_S = 0.5
_BEATS = 16
_BED = 0.06
"""newliveweb's own click track is silent for 89 % of the time, and so were 37 of 39 of its rows."""
_SEED = 1


def click_track() -> bytes:
    """Write it as a WAV file that loops without a seam: 120 beats a minute, mono, 16 bits."""
    seconds = np.arange(round(_RATE * _BEAT_S * _BEATS)) / _RATE
    since_beat = seconds % _BEAT_S
    noise = np.random.default_rng(_SEED).uniform(-1, 1, seconds.size)
    kick = (
        0.5 * np.exp(-9 * since_beat) * np.sin(2 * np.pi * (45 * since_beat - 2 * np.exp(-38 * since_beat)))
    )
    snare = 0.3 * np.exp(-25 * since_beat) * noise
    signal = np.tanh(_BED * noise + kick + snare)
    file = io.BytesIO()
    with wave.open(file, "wb") as track:
        track.setnchannels(1)
        track.setsampwidth(2)
        track.setframerate(_RATE)
        track.writeframes((32_767 * signal).astype("<i2").tobytes())
    return file.getvalue()
