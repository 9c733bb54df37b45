"""Asks torch what it computes on, in a process of its own: a broken CUDA must not take the doctor along."""

import sys

import orjson
import torch


def probe() -> dict[str, object]:
    """Compute one small sum on the best device there is."""
    found: dict[str, object] = {
        "version": torch.__version__,
        "cuda_build": torch.version.cuda,
        "device": "cpu",
        "error": None,
    }
    if torch.cuda.is_available():
        found["device"] = torch.cuda.get_device_name(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found["sum"] = torch.arange(1000, device=device, dtype=torch.float64).sum().item()
    except RuntimeError as error:
        found["error"] = str(error).splitlines()[0]
    return found


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(probe()).decode() + "\n")
