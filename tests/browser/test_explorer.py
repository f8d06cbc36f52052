"""The explorer in a browser: what it shows is what is read, however it is asked, and everybody can read it."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from cnncalc import zoo
from cnncalc.analysis import trace
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.scene import scene
from cnncalc.render.pictures.explorer import html
from cnncalc.shapes import Shape
from tests.browser.conftest import Opened
from tests.browser.looking import flaws, violations
from tests.render.explored import differences, questions, scenes

NOTATION = {
    "holes": ("conv3-4,d2 conv3-4,d2 conv3-4,d2", "21x21x1"),
    "volume": ("conv3-8,p1 maxpool2 conv3-8,p1 maxpool2 conv3-8", "12x16x16x1"),
    "gates": ("conv3-8,p1 gn conv3-8,p1 mul( globalavgpool conv1-8 sigmoid | ) conv3-8,p1", "32x40x3"),
    "sound": ("conv3-4,p1 relu conv3-4/2,p1 conv3-4,d2", "32x1"),
    "dead": ("convT2-4/3 relu", "6x6x1"),
}


@lru_cache(maxsize=32)
def explored(name: str) -> str:
    if name in NOTATION:
        words, size = NOTATION[name]
        return html(scene(trace(parse(words), Shape.parse(size)), name))
    return html(scene(trace(zoo.load(name)), name))


def state(page: Any) -> dict[str, Any]:
    page.wait_for_timeout(60)
    found: dict[str, Any] = page.evaluate("() => cnncalc.state()")
    return found


def says(page: Any) -> str:
    page.wait_for_timeout(60)
    text: str = page.inner_text("#says")
    return text.replace("\u2009", " ").replace("\u00a0", " ")


def map_of(page: Any, station: int) -> dict[str, float]:
    """Where the map of a station stands in the window."""
    page.wait_for_timeout(60)
    box: dict[str, float] = page.evaluate(FRAME, station)
    return box


FRAME = """
(station) => {
  const frame = document.querySelector(`[data-station='${station}'] .frame`);
  const [{ x, y, width, height }, around] = [frame.getBBox(), frame.ownerSVGElement.getBoundingClientRect()];
  return { x: x + around.left, y: y + around.top, width, height };
}
"""


@pytest.mark.parametrize("name", ["resnet18", "unet", "tcn", "dcgan-generator", "vit-b16", *NOTATION])
def test_it_is_whole_in_every_size_and_language(opened: Opened, name: str) -> None:
    """From a phone to a wall, in both languages, every text is inside its box and on nothing else, and neither the
    page nor, on a screen, the strip has to be scrolled aside."""
    page = opened(explored(name))
    for language in ("en", "zh"):
        assert page.get_attribute("html", "lang") == language
        for width in (360, 1280, 2560):
            page.set_viewport_size({"width": width, "height": 760})
            page.wait_for_timeout(60)
            assert not flaws(page), (language, width)
            assert width < 1000 or page.evaluate(SCROLLED) <= 0
        page.click("#language")


SCROLLED = """
() => {
  const { scrollWidth, clientWidth } = document.getElementById("strip");
  return scrollWidth - clientWidth;
}
"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["resnet18", "gates", "tcn"])
def test_nothing_serious_stands_in_anybodys_way(opened: Opened, name: str, dark: bool) -> None:
    """axe-core finds no serious violation, in either theme: names, contrast, roles, order."""
    assert not violations(opened(explored(name), dark=dark, bypass_csp=True))


def test_units_read_in_the_page_what_they_read_in_python(opened: Opened, tmp_path: Path) -> None:
    """Asked through ``cnncalc.reads``, the pages of all 50 networks say for every unit what Python and masks say."""
    answers, page = [], opened("")
    for number, one in enumerate(scenes()):
        (tmp_path / "network.html").write_text(html(one))
        page.goto(f"file://{tmp_path}/network.html")
        asked = [(question.node, question.unit) for question in questions() if question.network == number]
        answers += page.evaluate("(asked) => asked.map(([node, unit]) => cnncalc.reads(node, unit))", asked)
    assert not differences(answers)[:3]


def test_a_page_says_what_the_command_says(opened: Opened) -> None:
    """A known unit of ResNet-18, at the border: box, number, share and theoretical field."""
    page = opened(explored("resnet18"), address="#layer3.relu4@2,9")
    assert says(page) == "layer3.relu4 unit 2,9 reads 0…137 × 39…223: 25,530 of 50,176 inputs (50.9 %)"
    assert "−73…137" in page.inner_text("#theory")
    page.click("#language")
    assert says(page) == "layer3.relu4 单元 2,9 真正读到 0…137 × 39…223：50,176 个输入中的 25,530 个（50.9 %）"


def test_holes_are_counted_and_drawn(opened: Opened) -> None:
    """Three dilated layers read 7 of 13 inputs on each axis, so the picture has 49 separate pieces."""
    page = opened(explored("holes"))
    assert "(7 of 13)" in says(page)
    assert page.get_attribute("#image .reads", "d").count("M") == 49


def test_a_unit_that_reads_nothing_says_so(opened: Opened) -> None:
    """Where the stride of a decoder exceeds its kernel, a unit between two stamps reads nothing."""
    page = opened(explored("dead"), address="#convT1@2,2")
    assert says(page) == "convT1 unit 2,2 reads nothing"


def test_windows_and_statistics_are_told_apart(opened: Opened) -> None:
    """Through windows a unit reads a part, drawn strong; the rest comes through the layers that are named, as a wash."""
    page = opened(explored("gates"), address="#conv4@16,20")
    assert says(page) == "conv4 unit 16,20 reads 13…19 × 17…23: 49 of 1,280 inputs (3.8 %)"
    assert "+ the whole input, through gn1, globalavgpool1" in page.inner_text("#theory")
    assert page.get_attribute("#image .wash", "d") != page.get_attribute("#image .reads", "d") != ""


def test_pointer_and_keys_and_address_reach_the_same_unit(opened: Opened) -> None:
    """Hovering moves, a click pins, Esc lets go; arrows, c and k move; the address brings back what was left."""
    page = opened(explored("resnet18"), address="#layer3.relu4")
    box = map_of(page, 6)
    x, y = box["x"] + box["width"] * 4.5 / 14, box["y"] + box["height"] * 2.5 / 14
    page.mouse.move(x, y)
    assert (state(page)["layer"], state(page)["unit"]) == ("layer3.relu4", [2, 4])
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(x + 20, y + 20)
    assert (state(page)["unit"], state(page)["pinned"]) == ([2, 4], True)
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert state(page)["unit"] == [4, 5]
    page.wait_for_timeout(500)
    address = page.evaluate("() => location.hash")
    assert address == "#layer3.relu4@4,5"
    assert "layer3.relu4 unit 4,5" in page.inner_text("#voice")
    again = opened(explored("resnet18"), address=address)
    assert says(again) == says(page)
    page.keyboard.press("Escape")
    page.mouse.move(x, y)
    assert (state(page)["unit"], state(page)["pinned"]) == ([2, 4], False)
    page.keyboard.press("c")
    assert state(page)["unit"] == [7, 7]
    page.keyboard.press("k")
    assert state(page)["unit"] == [0, 0]


@pytest.mark.parametrize(
    "address", ["#%", "#%E0%A4%A", "#nowhere@1,1", "#@", "#c1@", "#c1@x,-9,1e9", "#c1@99999999999999999999"]
)
def test_an_address_may_be_wrong(opened: Opened, address: str) -> None:
    """Whatever stands in the address, a unit that there is is chosen, and nothing breaks."""
    page = opened(explored("lenet5"), address=address)
    assert page.evaluate(
        "() => { const { layer, unit } = cnncalc.state(); return Boolean(cnncalc.reads(layer, unit).box); }"
    )


def test_a_drag_may_leave_the_map(opened: Opened) -> None:
    """A drag that goes out of the strip stays on the last unit in that direction, and ends where it is let go."""
    page = opened(explored("lenet5"))
    box = map_of(page, 1)
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 4000, box["y"] + 4000)
    assert state(page)["unit"] == [27, 27]
    page.mouse.up()
    assert state(page)["pinned"]


def test_a_finger_moves_the_unit_too(opened: Opened) -> None:
    """A tap on a map chooses the unit under it."""
    page = opened(explored("lenet5"), width=390, has_touch=True)
    box = map_of(page, 1)
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert (state(page)["layer"], state(page)["unit"]) == ("c1", [14, 14])


def test_the_picture_chooses_the_unit_that_looks_there(opened: Opened) -> None:
    """Pointed at in the picture, the unit whose field is centred there is chosen."""
    page = opened(explored("lenet5"), address="#c1")
    edge = page.locator("#image .edge").bounding_box()
    page.mouse.move(edge["x"] + edge["width"] * 10.5 / 32, edge["y"] + edge["height"] * 20.5 / 32)
    assert state(page)["unit"] == [18, 8]


def test_what_nobody_knows_is_said(opened: Opened) -> None:
    """Behind tokens, which stand on no axis, a unit reads at most all of it, and the line says so."""
    page = opened(explored("vit-b16"), address="#encoder.1.add1@5")
    assert says(page).endswith("50,176 of 50,176 inputs (100 %) (at most: not every way is followed)")


def test_long_networks_fold_into_runs(opened: Opened) -> None:
    """4,000 layers without blocks stand in at most 1,500 maps, and any of them still answers."""
    network = parse("conv3-1,p1 x4000")
    page = opened(html(scene(trace(network, Shape((8, 8), 1)), "long")))
    assert state(page)["maps"] == 1335
    page.evaluate("() => cnncalc.choose(101, [0, 0])")
    assert says(page) == "conv102 unit 0,0 reads 0…7 × 0…7: 64 of 64 inputs (100 %)"


def test_levels_and_language_and_size_keep_the_unit(opened: Opened) -> None:
    """Whatever is folded, said or resized, the chosen unit stays, and more maps stand in the strip."""
    page = opened(explored("resnet18"), address="#layer2.relu2@3,20")
    before = says(page)
    counts = []
    for button in range(page.locator("#levels button").count()):
        page.locator("#levels button").nth(button).click()
        counts.append(state(page)["maps"])
        assert says(page) == before
    assert counts == sorted(set(counts))
    assert counts[-1] == 69
    page.click("#language")
    page.click("#language")
    page.set_viewport_size({"width": 700, "height": 700})
    assert says(page) == before


def test_the_keyboard_alone_reaches_everything(opened: Opened) -> None:
    """Tab passes the levels, the picture, the language, the strip and the chosen row, each with a visible outline."""
    page = opened(explored("resnet18"))
    passed = []
    for _press in range(9):
        page.keyboard.press("Tab")
        passed.append(
            page.evaluate("() => document.activeElement.id || document.activeElement.closest('[id]')?.id || 'body'")
        )
    assert [name for place, name in enumerate(passed) if name not in passed[:place]][:5] == [
        *("levels", "file", "language", "strip", "table")
    ]
    page.focus("#strip")
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth") == "3px"
    layer = state(page)["layer"]
    page.keyboard.press("[")
    assert state(page)["layer"] != layer
    page.keyboard.press("]")
    assert state(page)["layer"] == layer
    page.locator("#table tr.at button").focus()
    page.keyboard.press("[")
    page.wait_for_timeout(60)
    assert page.evaluate("() => document.activeElement.textContent") == page.inner_text("#table tr.at th")


def test_a_row_chooses_its_layer(opened: Opened) -> None:
    """A click on a row goes to its layer at the same relative place; rows of unread layers are marked as such."""
    page = opened(explored("resnet18"), address="#layer3.relu4@0,13")
    page.click("#table tr[data-row='2'] td.field")
    assert (state(page)["layer"], state(page)["unit"]) == ("maxpool1", [2, 54])
    assert page.locator("#table tr.unread").count() == 7


def test_the_table_is_pythons(opened: Opened) -> None:
    """Parameters, MACs, field and jump of the rows are those of the summary."""
    from cnncalc.summary.report import summary_report

    page = opened(explored("vgg16"))
    page.locator("#levels button").last.click()
    rows = page.locator("#table tbody tr").all_inner_texts()
    report = summary_report(zoo.load("vgg16"))
    assert len(rows) == len(report.data["layers"])
    for row, layer in zip(rows, report.data["layers"], strict=True):
        cells = row.split("\t")
        assert cells[0] == layer["name"]
        for key, cell in (("parameters", cells[3]), ("macs", cells[4])):
            assert cell == (f"{layer[key]:,}" if layer[key] else "–")


def test_an_own_picture_stays_here(opened: Opened, tmp_path: Path) -> None:
    """A picture given to the page, or to the command, lies behind the drawing; none is asked for from anywhere."""
    pixel = tmp_path / "pixel.png"
    pixel.write_bytes(
        base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        )
    )
    page = opened(explored("lenet5"))
    assert page.locator("#image .cat").count() == 1
    page.set_input_files("#file", str(pixel))
    page.wait_for_timeout(100)
    assert page.get_attribute("#image image", "href").startswith("blob:")
    given = html(scene(trace(zoo.load("lenet5")), "lenet5", Asked(image=str(pixel))))
    assert opened(given).get_attribute("#image image", "href").startswith("data:image/png;base64,")


def test_paper_shows_the_state_in_light_without_controls(opened: Opened) -> None:
    """Printed from a dark screen, the page is light, has no buttons above, and keeps what was chosen."""
    page = opened(explored("resnet18"), dark=True, width=720, address="#layer2.relu4@1,1")
    page.emulate_media(media="print")
    assert (
        page.evaluate(
            "() => { const { scrollWidth, clientWidth } = document.getElementById('table'); return scrollWidth - clientWidth; }"
        )
        <= 0
    )
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.is_visible("#language")
    assert page.is_visible("#table")
    assert says(page).startswith("layer2.relu4 unit 1,1")


def test_nothing_moves_by_itself(opened: Opened) -> None:
    """There is nothing to reduce for who prefers reduced motion: no animation, no transition."""
    page = opened(explored("resnet18"), reduced_motion="reduce")
    assert page.evaluate("() => document.getAnimations().length") == 0
    assert page.evaluate(
        "() => [...document.querySelectorAll('*')].every((one) => getComputedStyle(one).transitionDuration === '0s')"
    )


@pytest.mark.parametrize(
    "name",
    ["</script><img src=x onerror=alert(1)>", "\"'><svg onload=alert(1)>", "מודל\u202eabc", "{data}{script}", "<!--"],
)
def test_a_foreign_name_is_only_text(opened: Opened, name: str) -> None:
    """A layer that a model file calls like code is shown by that name and does nothing."""
    network = parse("conv3-4 relu")
    nodes = (network.nodes[0], network.nodes[1].__class__(network.nodes[1].layer, (0,), name))
    page = opened(html(scene(trace(Network(nodes), Shape((9, 9), 1)), name, Asked(at=name))))
    assert page.inner_text("#says b").strip() == " ".join(name.split())
    assert page.locator("img").count() == 0
    assert page.title() == name


def test_a_move_is_quick(opened: Opened) -> None:
    """ResNet-152 follows within 150 ms at the 95th percentile, three times what it may take; the best of three."""
    page = opened(explored("resnet152"))
    assert min(sorted(page.evaluate(MOVES, 40))[37] for _time in range(3)) < 150


def test_a_large_network_opens_at_once(opened: Opened) -> None:
    """EfficientNet-B7 with its 814 layers stands within 3 s of being asked for, three times what it may take."""
    page = opened(explored("efficientnet-b7"))
    assert page.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd") < 3000


MOVES = """
async (count) => {
  const times = [];
  const layer = cnncalc.state().layer;
  for (let move = 0; move < count; move++) {
    const from = performance.now();
    cnncalc.choose(layer, [move % 14, (move * 5) % 14]);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    times.push(performance.now() - from);
  }
  return times;
}
"""
