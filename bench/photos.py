"""How the advice on photos behaves on pictures spoiled on purpose, and how light faces of good photos are.

usage: python -m bench.photos

Pictures: those that scikit-image ships (a portrait cut to the head and to the face, a photographer, three things that
are no face; a hundred cut-out faces of press photos, LFW, for their light alone: they are 25 pixels wide). Each is
blurred by a Gaussian of a width in pixels of a picture 960 wide, dimmed, or made small. `sharpness` is what the desk
computes: per thousand of the contrast, so that a dim picture is not called blurred. Nothing here finds a face: whether
it is off-centre nobody can say, and the pictures show one light-skinned face: the limits of light stand well outside
what the hundred faces have, not at a border that was found.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from bench._node import fresh_node, keep_results

WIDE = 960
PICTURES = {
    "portrait, head": ("astronaut.png", (90, 0, 330, 300)), "portrait, face": ("astronaut.png", (150, 40, 290, 215)),
    "photographer": ("camera.png", (150, 40, 330, 265)), "cat": ("chelsea.png", (100, 0, 340, 300)),
    "cup": ("coffee.png", None), "rocket": ("rocket.jpg", None),
}
BLURS, DIMMED = (0, 2, 3, 4, 5, 6, 8), 0.45


def main() -> None:
    with fresh_node():
        _measure()


def _measure() -> None:
    import skimage

    from gada.console.services.pictures import advice_on, light_and_sharpness

    folder, rows = Path(skimage.__file__).parent / "data", list[dict[str, Any]]()
    for name, (file, part) in PICTURES.items():
        picture = _cut(Image.open(folder / file), part)
        spoiled = {f"blurred by {blur}": picture.filter(ImageFilter.GaussianBlur(blur)) for blur in BLURS}
        spoiled["dimmed"] = Image.fromarray((np.asarray(picture) * DIMMED).astype(np.uint8))
        spoiled["80 wide"] = picture.resize((80, 80 * picture.height // picture.width))
        for how, each in spoiled.items():
            each.thumbnail((480, 600))
            light, sharpness = light_and_sharpness(each)
            rows.append({
                "picture": name, "spoiled": how, "light": light, "sharpness": sharpness, "advice": advice_on(each)
            })
    faces = np.load(folder / "lfw_subset.npy")[:100] * 255.0
    light = faces[:, 4:-4, 4:-4].mean(axis=(1, 2))
    for percent in (0, 5, 50, 95, 100):
        rows.append({
            "picture": f"LFW, {percent} % of 100 faces", "spoiled": "", "light": float(np.percentile(light, percent))
        })
    keep_results("photos", rows)


def _cut(picture: Image.Image, part: tuple[int, int, int, int] | None) -> Image.Image:
    cut = picture.convert("RGB").crop(part) if part else picture.convert("RGB")
    return cut.resize((WIDE, WIDE * cut.height // cut.width), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
