for (const chart of document.querySelectorAll(".chart")) {
  const spec = JSON.parse(chart.nextElementSibling.textContent);
  const options = {
    actions: false,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  };
  vegaEmbed(chart, spec, options).catch((error) => {
    chart.textContent = "This chart could not be drawn: " + error.message;
    console.error(error);
  });
}
