const words = JSON.parse(document.getElementById("words").textContent);

const chartOptions = {
  actions: false,
  renderer: "svg",
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
};

for (const chart of document.querySelectorAll(".chart")) {
  const spec = JSON.parse(chart.nextElementSibling.textContent);
  vegaEmbed(chart, spec, chartOptions).catch((error) => {
    chart.textContent = words.undrawn + " " + error.message;
    console.error(error);
  });
}

// What scrolls sideways can be reached by the keyboard.
function markScrollable() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("resize", markScrollable);
markScrollable();
