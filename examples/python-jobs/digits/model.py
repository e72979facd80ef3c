"""Tells which digit an image of 8 by 8 pixels shows: the image-classification job of docs/guides/python-jobs.md.

Input, on standard input: {"images": [[64 numbers from 0 to 1], ...]}, row by row.
Result, on standard output: {"prediction", "confidence", "predictions": [{"digit", "confidence"}], "processing_time"}.
Beside it, /output/scores.csv has the likeness of every image to every digit.
"""
import csv
import json
import os
import sys
import time

import numpy as np

# One file of the bundle is the model: what each digit looks like.
with open("weights.json") as file:
    TEMPLATES = np.array(json.load(file), dtype=float)


def likeness(images):
    """Correlation of each image with each digit, from -1 to 1."""

    def normal(rows):
        centred = rows - rows.mean(axis=1, keepdims=True)
        return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)

    return normal(images) @ normal(TEMPLATES).T


def main():
    started = time.monotonic()
    images = np.array(json.load(sys.stdin)["images"], dtype=float)
    if images.ndim != 2 or images.shape[1] != 64:
        raise SystemExit("images must be lists of 64 numbers")

    scores = []
    for done, image in enumerate(images, start=1):
        scores.append(likeness(image[None])[0])
        print(f"PROGRESS {100 * done // len(images)}")
    scores = np.array(scores)

    # A share for each digit: the softmax of its likeness.
    shares = np.exp(10 * scores)
    shares /= shares.sum(axis=1, keepdims=True)
    predictions = [
        {"digit": int(row.argmax()), "confidence": round(float(row.max()), 4)} for row in shares
    ]

    with open(os.path.join(os.environ["PLEXUS_OUTPUT"], "scores.csv"), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", *range(10)])
        writer.writerows([index, *(f"{value:.4f}" for value in row)] for index, row in enumerate(scores))

    first = predictions[0]
    print(
        json.dumps(
            {
                "prediction": str(first["digit"]),
                "confidence": first["confidence"],
                "predictions": predictions,
                "processing_time": round(time.monotonic() - started, 3),
            }
        )
    )


main()
