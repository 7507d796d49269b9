(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var all = function (selector, within) { return Array.from((within || document).querySelectorAll(selector)); };
  var plots = [];

  function isDark() { return (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark"; }

  function colours() {
    var ink = isDark() ? "#e6e9ee" : "#1c2430";
    return { "font.color": ink, "hoverlabel.bgcolor": isDark() ? "#1d232b" : "#ffffff", "hoverlabel.font.color": ink };
  }

  function wrapped(text, length) {
    var lines = [""];
    text.split(" ").forEach(function (word) {
      var last = lines[lines.length - 1];
      if (last && (last + " " + word).length > length) { lines.push(word); } else { lines[lines.length - 1] = last ? last + " " + word : word; }
    });
    return lines.slice(0, 3).join("<br>") + (lines.length > 3 ? "…" : "");
  }

  function fit(place, figure) {
    var first = figure.data[0], axis = figure.layout.yaxis;
    if (root.clientWidth > 560 || !first || first.type !== "bar" || first.orientation !== "h") { return; }
    place.classList.add("bars");
    var names = Array.from(new Set([].concat.apply([], figure.data.map(function (trace) { return Array.from(trace.y); }))));
    figure.layout.yaxis = Object.assign({}, axis, {
      tickmode: "array", tickvals: names, tickfont: { size: 11 },
      ticktext: names.map(function (name) { return wrapped(String(name), 17); })
    });
    figure.layout.xaxis = Object.assign({ nticks: 4 }, figure.layout.xaxis, { tickangle: 0, tickfont: { size: 11 } });
    if (figure.layout.xaxis.tickvals) {
      ["tickvals", "ticktext"].forEach(function (key) {
        figure.layout.xaxis[key] = figure.layout.xaxis[key].filter(function (_, at) { return at % 2 === 0; });
      });
    }
    figure.layout.margin = Object.assign({}, figure.layout.margin, { r: Math.min(70, (figure.layout.margin || {}).r || 8) });
    figure.layout.height += 12 * names.length;
  }

  function draw() {
    all(".plot").forEach(function (place) {
      var figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
      fit(place, figure);
      var chosen = { responsive: true, displaylogo: false, displayModeBar: false };
      window.Plotly.newPlot(place, figure.data, figure.layout, chosen);
      window.Plotly.relayout(place, colours());
      plots.push(place);
    });
    root.dataset.drawn = String(plots.length);
  }

  function repaint() { plots.forEach(function (place) { window.Plotly.relayout(place, colours()); }); }

  function theme() {
    var button = document.getElementById("theme");
    function say() {
      button.textContent = isDark() ? "Light page" : "Dark page";
    }
    button.addEventListener("click", function () {
      root.dataset.theme = isDark() ? "light" : "dark";
      say();
      repaint();
    });
    dark.addEventListener("change", function () { say(); repaint(); });
    say();
  }

  function print() {
    window.addEventListener("beforeprint", function () {
      all("details.words").forEach(function (part) {
        if (!part.open) { part.open = true; part.dataset.opened = "1"; }
      });
      plots.forEach(function (place) {
        var box = place.querySelector(".svg-container");
        var width = box.clientWidth, height = box.clientHeight;
        box.style.aspectRatio = width + " / " + height;
        all(".main-svg", place).forEach(function (drawing) {
          drawing.setAttribute("viewBox", "0 0 " + width + " " + height);
        });
      });
    });
    window.addEventListener("afterprint", function () {
      all("details[data-opened]").forEach(function (part) { part.open = false; delete part.dataset.opened; });
      plots.forEach(function (place) {
        place.querySelector(".svg-container").style.aspectRatio = "";
        all(".main-svg", place).forEach(function (drawing) { drawing.removeAttribute("viewBox"); });
      });
    });
  }

  function views() {
    all("select[data-views]").forEach(function (select) {
      select.addEventListener("change", function () {
        all(".plot[data-views=" + select.dataset.views + "]").forEach(function (place) {
          var shown = place.data.map(function (trace) {
            return !trace.meta || !trace.meta.view || trace.meta.view === select.value;
          });
          window.Plotly.restyle(place, { visible: shown });
          var told = JSON.parse(place.dataset.told)[select.value];
          if (told) { document.getElementById(place.dataset.figure + "-title").textContent = told; }
        });
      });
    });
  }

  function sort(button) {
    var head = button.parentElement;
    var body = head.closest("table").tBodies[0];
    var place = head.cellIndex;
    var down = head.getAttribute("aria-sort") === "ascending";
    var number = head.classList.contains("n");
    all("th", head.parentElement).forEach(function (other) { other.setAttribute("aria-sort", "none"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var rows = Array.from(body.rows).map(function (row, at) {
      var value = row.cells[place].dataset.value;
      return { row: row, at: at, value: number ? (value === "" ? NaN : Number(value)) : value };
    });
    rows.sort(function (one, other) {
      var order;
      if (number) {
        if (isNaN(one.value) || isNaN(other.value)) { return isNaN(one.value) - isNaN(other.value) || one.at - other.at; }
        order = one.value - other.value;
      } else {
        order = one.value.localeCompare(other.value, "en", { numeric: true });
      }
      return (down ? -order : order) || one.at - other.at;
    });
    rows.forEach(function (item) { body.appendChild(item.row); });
  }

  function filter(field) {
    var table = document.getElementById(field.dataset.table);
    var words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    Array.from(table.tBodies[0].rows).forEach(function (row) {
      var text = row.textContent.toLowerCase();
      var fits = words.every(function (word) { return text.indexOf(word) >= 0; });
      row.classList.toggle("hidden", !fits);
      shown += fits ? 1 : 0;
    });
    document.getElementById(field.dataset.table + "-count").textContent = shown.toLocaleString("en") + " rows";
  }

  function quoted(value) {
    var text = value;
    if (/^[=+@\t\r]/.test(text) || (/^-/.test(text) && isNaN(Number(text)))) { text = "'" + text; }
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function csv(table) {
    var lines = [all("thead th", table).map(function (head) { return quoted(head.dataset.name); }).join(",")];
    Array.from(table.tBodies[0].rows).forEach(function (row) {
      if (!row.classList.contains("hidden")) {
        lines.push(Array.from(row.cells).map(function (cell) { return quoted(cell.dataset.value); }).join(","));
      }
    });
    return lines.join("\n") + "\n";
  }

  function save(name, text) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = name + ".csv";
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  function tables() {
    all("th button").forEach(function (button) { button.addEventListener("click", function () { sort(button); }); });
    all("input[data-table]").forEach(function (field) { field.addEventListener("input", function () { filter(field); }); });
    all("button[data-csv]").forEach(function (button) {
      button.addEventListener("click", function () { save(button.dataset.csv, csv(document.getElementById(button.dataset.csv))); });
    });
  }

  theme();
  tables();
  draw();
  views();
  print();
})();
