"""The identities between layers, as numbers, and that a broken one shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.verify.identities import Window, identities, matrix_of, tied, toeplitz

ONE = Window((3, 3), (1, 1), ((0, 0),), (1, 1))


def test_the_notes_matrix_has_81_of_225_entries() -> None:
    """A 3×3 window on a 5×5 map: 9 positions of 9 weights in a 9×25 matrix."""
    masked = identities((1, 5, 5), 1, ONE)[0]
    assert (masked.name, masked.count, masked.total) == ("masked_dense", 81, 225)


def test_identities_hold_to_rounding_and_one_does_not() -> None:
    """All differences are rounding but one: at stride 2 the matrix is not Toeplitz."""
    found = {identity.name: identity for identity in identities((2, 6, 7), 3, ONE)}
    assert [name for name, identity in found.items() if not identity.holds] == ["toeplitz_stride_2"]
    assert all(identity.agrees for identity in found.values())


@given(
    st.integers(1, 2).flatmap(
        lambda rank: st.tuples(
            st.tuples(*[st.integers(4, 7)] * rank),
            st.builds(
                Window,
                st.tuples(*[st.integers(2, 3)] * rank),
                st.tuples(*[st.integers(1, 2)] * rank),
                st.sampled_from((((0, 0),), ((1, 1),), ((0, 2),), "same")),
                st.tuples(*[st.integers(1, 2)] * rank),
            ),
        )
    )
)
@settings(max_examples=30, deadline=None)
def test_identities_hold_for_any_window(drawn: tuple[tuple[int, ...], Window]) -> None:
    """Kernel, stride, padding and dilation change no identity."""
    space, window = drawn
    if any(d * (k - 1) + 1 > n for n, k, d in zip(space, window.kernel, window.dilation, strict=True)):
        return
    assert all(
        identity.agrees for identity in identities((2, *space), 2, window) if identity.name != "toeplitz_stride_2"
    )


def test_weights_that_are_not_tied_are_not_toeplitz() -> None:
    """The check fails where it should: one changed weight breaks the diagonals."""
    weight = np.random.default_rng(0).standard_normal((1, 1, 3))
    axes = Window((3,), (1,), ((0, 0),), (1,)).axes((6,))
    copies = tied(weight, axes).copy()
    copies[2] += 1
    matrix = matrix_of(copies, axes, (1, 6))
    assert not np.array_equal(matrix[:-1, :-1], matrix[1:, 1:])


@pytest.mark.parametrize(("stride", "holds"), [(1, True), (2, False), (3, False)])
def test_only_stride_1_is_toeplitz(stride: int, holds: bool) -> None:
    """Larger strides shift each row by more than one."""
    assert toeplitz((1, 8), np.ones((1, 1, 2)), Window((2,), (1,), ((0, 0),), (1,)), stride).holds is holds
