// SPDX-License-Identifier: MIT
// Draws what the page's data say.
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const figures = document.getElementById("distributions");
  for (const distribution of data.distributions) {
    figures.append(drawDistribution(distribution, data.colours));
  }
  data.runs.forEach((run, number) => {
    const place = document.getElementById(`run-${number + 1}`);
    if (run.spans) new RunFigure(place, run, data.colours, number);
  });
}
