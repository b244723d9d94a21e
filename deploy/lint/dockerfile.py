"""The Dockerfile, by hadolint, and that no image floats."""

import re

from tool import run

# A name without a tag is `latest`, which is another image tomorrow.
IMAGE = re.compile(r"^ARG \w+_IMAGE=(\S+)$", re.MULTILINE)


def look(deploy):
    file = deploy / "Dockerfile"
    found = run("hadolint", "--no-color", file)
    images = IMAGE.findall(file.read_text())
    floating = [image for image in images if ":" not in image or image.endswith(":latest")]
    if not images:
        found.append("no base image is named by an ARG ..._IMAGE")
    return found + [f"{image} has no tag" for image in floating], []
