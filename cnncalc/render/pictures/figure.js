// A figure that stands still, in the chosen language.
speak(() => {
  document.title = data.titles[language];
  document.querySelector("h1").textContent = data.titles[language];
  $("figure").innerHTML = data.drawings[language];
});
