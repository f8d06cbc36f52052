// What every page has: its data, its words in the chosen language, and makers of elements.
const data = JSON.parse(document.getElementById("data").textContent);
let language = data.language;

const $ = (id) => document.getElementById(id);
const text = (key) => data.texts[language][key];
const thousands = new Intl.NumberFormat("en-US");
const count = (value) => thousands.format(value).replace("-", "−");
const share = (part) => `${part < 1 ? Math.min(100 * part, 99.9).toFixed(1) : 100}\u00a0%`;
const round = (value) => Math.round(value * 10) / 10;
const last = (list) => list[list.length - 1];

function made(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, typeof value === "number" ? round(value) : value);
  element.append(...children);
  return element;
}
const html = (tag, attributes, ...children) => made(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => made(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// Sets what is not so already: most of a page stays as it is when a unit moves, and need not be laid out again.
function change(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

// A text with its {places} filled; [words, class] becomes an element.
function written(pattern, values) {
  return pattern.split(/\{(\w+)\}/).map((part, place) => {
    const value = place % 2 ? values[part] : part;
    return Array.isArray(value) ? html("b", { class: value[1] }, value[0]) : value;
  });
}
const filled = (key, values) => written(text(key), values);
const said = (key, values) => filled(key, values).join("");

// Writes what stands in the page itself, and names the language that the button goes to; `then` redraws the rest.
function speak(then) {
  const known = Object.keys(data.languages);
  const next = known[(known.indexOf(language) + 1) % known.length];
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  $("language").textContent = data.languages[next];
  $("language").onclick = () => {
    language = next;
    speak(then);
  };
  then();
}
