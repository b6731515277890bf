"""A block that draws a sample of rows; what it draws depends on its inputs and execution only, never on a clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from enum import StrEnum
from random import Random
from typing import Any

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.sameness import identity
from blocks.sdk.texts import number_of

Row = dict[str, Any] | list[Any]


class SamplingMethod(StrEnum):
    """How rows are chosen."""

    RANDOM = "random"
    SYSTEMATIC = "systematic"
    TOP = "top"
    BOTTOM = "bottom"
    STRATIFIED = "stratified"
    WEIGHTED = "weighted"
    RESERVOIR = "reservoir"
    CLUSTER = "cluster"


class DataSampling(Block):
    """Draw a sample of rows. With a seed the sample is always the same; without, each execution has its own.

    One dictionary counts as one row. `stratified` gives each group of `stratify_key` its share, at least one
    row where the sample is large enough; `weighted` draws by the numbers under `weight_key`; `cluster` takes
    whole groups of `cluster_key`.
    """

    id = "4a448883-71fa-49cf-91cf-70d793bd7d87"
    name = "DataSamplingBlock"
    categories = ("LOGIC",)
    is_pure = True

    class Input(BlockInput):
        data: dict[str, Any] | list[dict[str, Any] | list[Any]] = pin(description="The rows.")
        sample_size: int = pin(10, advanced=False, description="How many rows to draw; there may be fewer.")
        sampling_method: SamplingMethod = pin(SamplingMethod.RANDOM, advanced=False, description="How to choose them.")
        accumulate: bool = pin(False, description="Not supported: a node keeps nothing between executions.")
        random_seed: int | None = pin(None, description="A number that makes the draw repeatable.")
        stratify_key: str | None = pin(None, description="The key of a row's group, for `stratified`.")
        weight_key: str | None = pin(None, description="The key of a row's weight, for `weighted`.")
        cluster_key: str | None = pin(None, description="The key of a row's group, for `cluster`.")

    class Output(BlockOutput):
        sampled_data: list[dict[str, Any] | list[Any]] = pin(description="The rows that were drawn.")
        sample_indices: list[int] = pin(description="Where they stand in the data.")

    examples = (
        Example(
            input={"data": [{"a": 1}, {"a": 2}], "sample_size": 1, "sampling_method": "top"},
            output=[("sampled_data", [{"a": 1}]), ("sample_indices", [0])],
        ),
        Example(input={"data": [[1]], "sampling_method": "weighted"}, output=[], error="weight_key"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.accumulate:
            raise BlockFailed("accumulate is not supported: collect the rows in a list first.")
        if inputs.sample_size < 0:
            raise BlockFailed(f"sample_size must not be negative, but is {inputs.sample_size}.")
        rows: list[Row] = [inputs.data] if isinstance(inputs.data, dict) else inputs.data
        seed = inputs.random_seed if inputs.random_seed is not None else f"{context.run_id}/{context.execution}"
        indices = _draw(rows, inputs, Random(seed))
        yield "sampled_data", [rows[index] for index in indices]
        yield "sample_indices", indices


def _draw(rows: list[Row], inputs: DataSampling.Input, random: Random) -> list[int]:
    total, size = len(rows), min(inputs.sample_size, len(rows))
    match inputs.sampling_method:
        case SamplingMethod.RANDOM | SamplingMethod.RESERVOIR:
            return random.sample(range(total), size)
        case SamplingMethod.SYSTEMATIC:
            step = total // size if size else 1
            start = random.randrange(step) if size else 0
            return [start + number * step for number in range(size)]
        case SamplingMethod.TOP:
            return list(range(size))
        case SamplingMethod.BOTTOM:
            return list(range(total - size, total))
        case SamplingMethod.STRATIFIED:
            return _stratified(_groups(rows, inputs.stratify_key, "stratify_key"), size, random)
        case SamplingMethod.WEIGHTED:
            return _weighted(rows, _required(inputs.weight_key, "weight_key"), size, random)
        case SamplingMethod.CLUSTER:
            return _clusters(_groups(rows, inputs.cluster_key, "cluster_key"), size, random)


def _required(key: str | None, name: str) -> str:
    if not key:
        raise BlockFailed(f"This sampling method needs {name}.")
    return key


def _value_of(row: Row, key: str, index: int) -> Any:
    if not isinstance(row, dict) or key not in row:
        raise BlockFailed(f"Row {index} has no {key!r}.")
    return row[key]


def _groups(rows: list[Row], key: str | None, name: str) -> list[list[int]]:
    """Give the indices of each group, groups in the order in which they first appear."""
    wanted = _required(key, name)
    groups: dict[Hashable, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(identity(_value_of(row, wanted, index)), []).append(index)
    return list(groups.values())


def _stratified(groups: list[list[int]], size: int, random: Random) -> list[int]:
    """Draw from each group its share of the size; what rounding leaves over goes to the largest remainders."""
    total = sum(map(len, groups))
    shares = [size * len(group) // total for group in groups]

    def remainder(number: int) -> tuple[bool, int]:
        return shares[number] == 0, size * len(groups[number]) % total

    for number in sorted(range(len(groups)), key=remainder, reverse=True)[: size - sum(shares)]:
        shares[number] += 1
    return [index for group, share in zip(groups, shares, strict=True) for index in random.sample(group, share)]


def _weighted(rows: list[Row], key: str, size: int, random: Random) -> list[int]:
    """Draw without putting back (Efraimidis and Spirakis, 2006): the largest of random ** (1 / weight)."""
    keyed: list[tuple[float, int]] = []
    for index, row in enumerate(rows):
        weight = number_of(_value_of(row, key, index))
        if weight is None or weight < 0:
            raise BlockFailed(f"Row {index}: the weight {key!r} must be a number that is not negative.")
        if weight > 0:
            keyed.append((random.random() ** (1 / weight), index))
    return [index for _, index in sorted(keyed, reverse=True)[:size]]


def _clusters(groups: list[list[int]], size: int, random: Random) -> list[int]:
    """Take groups whole, in random order, until there are enough rows; the last is cut."""
    random.shuffle(groups)
    return [index for group in groups for index in group][:size]
