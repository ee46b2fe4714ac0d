"use strict";
/* Draws the page from the data in it. Names are put in as text, never as HTML: they may have any characters.
 *
 *     data.cells[suite][types][operation] = [[size, {contender: [of the first run, of the second]}], ...]
 *     of a run: 0, or [nanoseconds, half of the spread in per cent, {counter: value}]
 *
 * What is picked is `view`, which the address keeps; every change of it draws all anew. */

const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");
const root = document.documentElement;
const two = data.runs.length > 1;
const names = two ? ["A", "B"] : [""];
const ours = new Set(data.contenders.filter(one => one[2]).map(one => one[0]));
const points = ["circle", "rect", "triangle", "rectRot", "crossRot", "star", "rectRounded", "cross"];
let charts = [];
let view = {};

// Elements ---------------------------------------------------------------------------------------------------------

function el(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value === undefined || value === null || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (name === "style") element.style.cssText = value;
        else element.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children.flat(9))
        if (child !== undefined && child !== null && child !== false) element.append(child);
    return element;
}

function picker(id, label, more) {
    const select = el("select", {id, onchange: () => change({[id]: select.value})});
    return el("label", {class: "field " + (more || "")}, label, select);
}

function fill(id, options, chosen) {
    const select = document.getElementById(id);
    select.replaceChildren(...options.map(([value, text]) => el("option", {value, selected: value === chosen}, text)));
    select.value = chosen;
}

function choice(id, label, options) {
    return el("div", {class: "choice wide", id, role: "group", "aria-label": label},
        options.map(([value, text]) => el("button", {type: "button", "data-value": value, onclick: () => change({[id]: value})}, text)));
}

function press(id, chosen) {
    for (const button of document.querySelectorAll(`#${id} button`)) button.setAttribute("aria-pressed", String(button.dataset.value === chosen));
}

// Numbers ----------------------------------------------------------------------------------------------------------

function figure(value) {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    const digits = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
    return value.toLocaleString("en", {minimumFractionDigits: digits, maximumFractionDigits: digits});
}
const whole = value => value.toLocaleString("en");
const short = value => value >= 1e6 ? value / 1e6 + "M" : value >= 1e3 ? value / 1e3 + "k" : String(value);
const percent = value => (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(Math.abs(value) < 9.95 ? 1 : 0) + "%";

function mean(values) {
    values = values.filter(value => value > 0);
    return values.length ? Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length) : null;
}

// What is picked ---------------------------------------------------------------------------------------------------

const measures = {
    time: "time, ns per operation",
    best: "times as long as the best rival",
    ours: `times as long as ${data.ours}`,
    change: "change from A to B, %",
};
const title = measure => measures[measure] || data.counters[measure] || measure;
const cells = () => data.cells[view.suite][view.types][view.operation];
const pick = (wanted, from) => from.includes(wanted) ? wanted : from[0];

/* The contenders of the cells that are picked, in the page's order. */
function present() {
    const found = new Set(cells().flatMap(cell => Object.keys(cell[1])));
    return data.contenders.map(one => one[0]).filter(who => found.has(who));
}

/* What can be drawn of the cells that are picked. */
function drawable() {
    const found = new Set(cells().flatMap(([, of]) => Object.values(of).flat().flatMap(run => run && run[2] ? Object.keys(run[2]) : [])));
    const rivals = present().some(who => !ours.has(who));
    return ["time", ...(rivals ? ["best"] : []), ...(present().includes(data.ours) && present().length > 1 ? ["ours"] : []), ...(two ? ["change"] : []),
        ...Object.keys(data.counters).filter(name => found.has(name))];
}

/* The nearest view to what is wanted that there is. */
function settle(wanted) {
    view = wanted;
    view.suite = pick(view.suite, Object.keys(data.cells));
    view.types = pick(view.types, Object.keys(data.cells[view.suite]));
    const operations = Object.keys(data.cells[view.suite][view.types]);
    view.operation = operations.includes(view.operation) ? view.operation : operations.includes("find_hit") ? "find_hit" : operations[0];
    view.show = pick(view.show, drawable());
    view.runs = two ? pick(view.runs, ["over", "beside", "a", "b"]) : "a";
    view.scale = pick(view.scale, ["log", "linear"]);
    view.theme = pick(view.theme, ["auto", "light", "dark"]);
    view.without = (view.without || []).filter(who => data.contenders.some(one => one[0] === who));
}

function address() {
    const parts = new URLSearchParams();
    for (const name of ["suite", "types", "operation", "show"]) parts.set(name, view[name]);
    if (two && view.runs !== "over") parts.set("runs", view.runs);
    if (view.scale !== "log") parts.set("scale", view.scale);
    if (view.theme !== "auto") parts.set("theme", view.theme);
    if (view.without.length) parts.set("without", view.without.join(","));
    return "#" + parts;
}

function from_address() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const wanted = Object.fromEntries(["suite", "types", "operation", "show", "runs", "scale", "theme"].map(name => [name, parts.get(name)]));
    settle({...wanted, without: (parts.get("without") || "").split(",")});
}

function change(what) {
    settle({...view, ...what});
    history.replaceState(null, "", address());
    draw();
}

// Values -----------------------------------------------------------------------------------------------------------

const time_of = (cell, who, run) => cell[1][who] && cell[1][who][run] ? cell[1][who][run][0] : null;

function best_time(cell, run) {
    const times = Object.keys(cell[1]).filter(who => !ours.has(who)).map(who => time_of(cell, who, run)).filter(time => time > 0);
    return times.length ? Math.min(...times) : null;
}

const over = (dividend, divisor) => dividend !== null && divisor > 0 ? dividend / divisor : null;

/* What is drawn of a contender in a cell of a run, or null. */
function value_of(cell, who, run) {
    if (view.show === "time") return time_of(cell, who, run);
    if (view.show === "best") return over(time_of(cell, who, run), best_time(cell, run));
    if (view.show === "ours") return over(time_of(cell, who, run), time_of(cell, data.ours, run));
    if (view.show === "change") {
        const ratio = over(time_of(cell, who, 1), time_of(cell, who, 0));
        return ratio === null ? null : 100 * (ratio - 1);
    }
    const counters = cell[1][who] && cell[1][who][run] && cell[1][who][run][2];
    return counters && view.show in counters ? counters[view.show] : null;
}

/* Bars begin at 0, and changes may be below it. */
const can_be_log = () => view.show !== "change" && cells().length > 1;
const runs_shown = () => view.show === "change" || view.runs === "b" ? [1] : view.runs === "a" ? [0] : [0, 1];
const shown = () => present().filter(who => !view.without.includes(who));

// Colours ----------------------------------------------------------------------------------------------------------

const style = name => getComputedStyle(root).getPropertyValue("--" + name).trim();
const channels = colour => [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));

function brightness(colour) {
    const [red, green, blue] = channels(colour).map(one => one / 255).map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/* A contender's colour, moved towards the ink until it stands out from the card. */
function colour_of(who) {
    let colour = data.contenders.find(one => one[0] === who)[1];
    const card = style("card"), ink = channels(style("ink"));
    const contrast = () => {
        const [low, high] = [brightness(colour), brightness(card)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    for (let tries = 0; contrast() < 3 && tries < 12; ++tries)
        colour = "#" + channels(colour).map((one, i) => Math.round(one + (ink[i] - one) * 0.15).toString(16).padStart(2, "0")).join("");
    return colour;
}

function apply_theme() {
    const dark = view.theme === "dark" || (view.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "dark" : "light";
}

// The chart --------------------------------------------------------------------------------------------------------

/* Powers of ten, or, where there are less than two, the sizes. */
function size_ticks(axis, sizes) {
    const powers = [];
    for (let power = 1; power <= axis.max * 1.001; power *= 10) if (power >= axis.min) powers.push(power);
    axis.ticks = (powers.length > 1 ? powers : sizes).map(value => ({value}));
}

/* 1, 2 and 5 times the powers of ten; of a short axis more. */
function value_ticks(axis) {
    const decades = Math.log10(axis.max / axis.min), steps = decades > 3 ? [1] : decades > 1.2 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 3, 4, 5, 6, 8];
    const ticks = [];
    for (let power = 10 ** Math.floor(Math.log10(axis.min)); power <= axis.max; power *= 10)
        for (const step of steps) if (power * step >= axis.min && power * step <= axis.max) ticks.push({value: Number((power * step).toPrecision(3))});
    if (ticks.length > 1) axis.ticks = ticks;
}

function range_of(values) {
    const positive = values.filter(value => value > 0);
    return positive.length ? [Math.min(...positive) / 1.15, Math.max(...positive) * 1.15] : [0.1, 10];
}

function axis_of(log, text, more) {
    const soft = style("soft"), line = style("line");
    return {type: log ? "logarithmic" : "linear", title: {display: true, text, color: soft, font: {size: 13}},
        ticks: {color: soft, maxRotation: 0, autoSkipPadding: 10, font: {size: 12}, callback: value => value.toLocaleString("en")}, grid: {color: line}, ...more};
}

function tooltip_of() {
    return {backgroundColor: style("card"), titleColor: style("ink"), bodyColor: style("ink"), borderColor: style("line"), borderWidth: 1, padding: 10,
        usePointStyle: true, itemSort: (one, other) => one.raw.value - other.raw.value};
}

/* A line for each contender over the sizes; where there is one size only, a bar for each. */
function chart_of(canvas, runs, all) {
    const rows = cells(), sizes = rows.map(cell => cell[0]), bars = rows.length === 1, unit = data.suites[view.suite].unit;
    const log = view.scale === "log" && can_be_log();
    const value_axis = text => axis_of(log, text, {
        ...(log ? {min: range_of(all)[0], max: range_of(all)[1], afterBuildTicks: value_ticks} : {beginAtZero: true, grace: "5%"})});
    const common = {animation: false, maintainAspectRatio: false, responsive: true};
    const label = (name, context) => `${name} ${figure(context.raw.value)}${view.show === "change" ? "%" : view.show === "time" ? " ns" : ""}` +
        (context.raw.spread ? ` ±${context.raw.spread}%` : "");
    const point = (cell, who, run) => ({value: value_of(cell, who, run), spread: view.show === "time" && cell[1][who] && cell[1][who][run] ? cell[1][who][run][1] : 0});
    if (bars) {
        const who = shown().filter(one => runs.some(run => value_of(rows[0], one, run) !== null));
        const datasets = runs.map(run => ({label: names[run], run, data: who.map(one => ({...point(rows[0], one, run), who: one})), parsing: {xAxisKey: "value", yAxisKey: "who"},
            backgroundColor: who.map(one => colour_of(one) + (runs.length > 1 && run === 0 ? "80" : "")), maxBarThickness: 34}));
        return new Chart(canvas, {type: "bar", data: {labels: who, datasets}, options: {...common, indexAxis: "y",
            scales: {x: value_axis(title(view.show)), y: {ticks: {color: style("ink"), autoSkip: false}, grid: {display: false}}},
            plugins: {legend: {display: false}, tooltip: {...tooltip_of(), itemSort: undefined, callbacks: {
                title: items => `${items[0].raw.who}, ${whole(sizes[0])} ${unit}`, label: context => label(context.dataset.label, context)}}}}});
    }
    const datasets = shown().slice().reverse().flatMap(who => runs.map(run => ({
        label: who + (runs.length > 1 ? " " + names[run] : ""), who, run, order: ours.has(who) ? 0 : 1,
        data: rows.map(cell => ({x: cell[0], y: point(cell, who, run).value, ...point(cell, who, run)})).filter(one => one.y !== null && (!log || one.y > 0)),
        borderColor: colour_of(who), backgroundColor: colour_of(who), borderWidth: who === data.ours ? 3.5 : 1.75, tension: 0,
        borderDash: runs.length > 1 && run === 0 ? [6, 4] : [], pointStyle: points[data.contenders.findIndex(one => one[0] === who) % points.length],
        pointRadius: who === data.ours ? 4 : 3, pointHoverRadius: 6})));
    const span = sizes[sizes.length - 1] / sizes[0];
    return new Chart(canvas, {type: "line", data: {datasets}, options: {...common, interaction: {mode: "nearest", axis: "x", intersect: false},
        scales: {x: axis_of(true, unit, {min: sizes[0] / span ** 0.02, max: sizes[sizes.length - 1] * span ** 0.02,
            afterBuildTicks: axis => size_ticks(axis, sizes), ticks: {...axis_of(true, "").ticks, callback: short}}), y: value_axis(title(view.show))},
        plugins: {legend: {display: false}, tooltip: {...tooltip_of(), callbacks: {
            title: items => `${whole(items[0].raw.x)} ${unit}`, label: context => label(context.dataset.label, context)}}}}});
}

/* The arrows go through the sizes, or bars, as the mouse does. */
function walk(chart, key) {
    const steps = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[key];
    if (!steps) return false;
    const bars = chart.config.type === "bar", places = bars ? chart.data.labels : [...new Set(chart.data.datasets.flatMap(set => set.data.map(one => one.x)))].sort((a, b) => a - b);
    chart.at = Math.max(0, Math.min(places.length - 1, (chart.at === undefined ? (steps > 0 ? -1 : places.length) : chart.at) + steps));
    const active = chart.data.datasets.flatMap((set, datasetIndex) => {
        const index = bars ? chart.at : set.data.findIndex(one => one.x === places[chart.at]);
        return index < 0 ? [] : [{datasetIndex, index}];
    });
    chart.setActiveElements(active);
    chart.tooltip.setActiveElements(active, {x: 0, y: 0});
    chart.update();
    return true;
}

function draw_charts() {
    charts.forEach(chart => chart.destroy());
    charts = [];
    const shown_runs = runs_shown(), apart = shown_runs.length > 1 && view.runs === "beside" ? shown_runs.map(run => [run]) : [shown_runs];
    const all = cells().flatMap(cell => shown().flatMap(who => shown_runs.map(run => value_of(cell, who, run)))).filter(value => value !== null);
    const holder = document.getElementById("charts");
    holder.className = "charts" + (apart.length > 1 ? " two" : "");
    holder.style.setProperty("--columns", apart.length);
    holder.replaceChildren(...apart.map(runs => {
        const canvas = el("canvas", {role: "img", tabindex: 0, "aria-label": `${heading()}, drawn. ${sentence()} The table below has the figures; the arrow keys go through them here.`});
        const caption = view.show === "change" ? "A is the first run, B the second; below 0, B is faster."
            : runs.length > 1 ? (cells().length === 1 ? "Pale: A. Full: B." : "Dashed: A. Solid: B.") : two ? `${names[runs[0]]}: ${data.runs[runs[0]].label}, ${data.runs[runs[0]].date}` : "";
        const plot = el("div", {class: "plot"}, canvas);
        if (cells().length === 1) plot.style.height = `${90 + 34 * runs.length * Math.max(2, shown().length)}px`;
        canvas.runs = runs;
        return el("figure", null, caption && el("figcaption", null, caption), plot);
    }));
    for (const canvas of holder.querySelectorAll("canvas")) {
        const chart = chart_of(canvas, canvas.runs, all);
        canvas.addEventListener("keydown", event => walk(chart, event.key) && event.preventDefault());
        charts.push(chart);
    }
}

// The words and the table ------------------------------------------------------------------------------------------

const heading = () => `${data.suites[view.suite].title}: ${view.types} ${view.operation}`;

/* How ours stands in what is picked, in some sentences. */
function sentence() {
    const said = [];
    if (view.show in data.counters) return "";
    for (const run of two ? [0, 1] : [0]) {
        const ratios = cells().map(cell => over(time_of(cell, data.ours, run), best_time(cell, run))).filter(ratio => ratio !== null);
        if (!ratios.length) continue;
        const first = ratios.filter(ratio => ratio <= 1).length, begin = two ? `${names[run]}: ` : "";
        said.push(ratios.length === 1 ? `${begin}${data.ours} takes ${figure(ratios[0])} times as long as the best rival.`
            : `${begin}${data.ours} is at least as fast as every rival at ${first} of ${ratios.length} sizes, and takes ${figure(mean(ratios))} times as long as the best (geometric mean).`);
    }
    if (two) {
        const changes = cells().map(cell => over(time_of(cell, data.ours, 1), time_of(cell, data.ours, 0))).filter(ratio => ratio !== null);
        if (changes.length) said.push(`From A to B its time changes by ${percent(100 * (mean(changes) - 1))}${
            changes.length < cells().length ? ` at the ${changes.length} of ${cells().length} sizes that both have` : ""}.`);
        if (data.runs[0].processor !== data.runs[1].processor) said.push("The runs are of two machines: compare ratios, not times.");
    }
    return said.join(" ");
}

function changed(value) {
    if (value === null) return el("td", null, "–");
    return el("td", {class: Math.abs(value) < 1 ? "" : value > 0 === most_is_best() ? "good" : "bad"}, percent(value));
}

const most_is_best = () => view.show === "hits";

function draw_table() {
    const who = shown(), runs = view.show === "change" ? [0, 1] : two ? runs_shown() : [0], compares = runs.length > 1;
    const value = (cell, one, run) => view.show === "change" ? time_of(cell, one, run) : value_of(cell, one, run);
    const unit = data.suites[view.suite].unit, what = view.show === "change" ? measures.time : title(view.show);
    const swatch = one => el("i", {style: `--colour: ${colour_of(one)}`});
    const columns = compares ? runs.length + 1 : 1;
    const head = [el("tr", null, el("th", {scope: "col", rowspan: compares ? 2 : 1}, unit),
        who.map(one => el("th", {scope: compares ? "colgroup" : "col", colspan: columns, class: compares ? "group" : ""}, swatch(one), one)))];
    if (compares)
        head.push(el("tr", null, who.map(() => [...runs.map((run, i) => el("th", {scope: "col", class: i ? "" : "first"}, names[run])), el("th", {scope: "col"}, "change")])));
    const rows = cells().map(cell => el("tr", null, el("th", {scope: "row"}, whole(cell[0])), who.map(one => {
        const of = runs.map(run => value(cell, one, run));
        const best = runs.map(run => (most_is_best() ? Math.max : Math.min)(...who.map(other => value(cell, other, run)).filter(found => found !== null)));
        const texts = of.map((found, i) => el("td", {class: compares && i === 0 ? "first" : ""}, found !== null && found === best[i] ? el("b", null, figure(found)) : figure(found),
            !compares && found !== null && view.show === "time" && el("small", null, `±${cell[1][one][runs[i]][1]}%`)));
        const ratio = over(of[1] === undefined ? null : of[1], of[0]);
        return compares ? [...texts, changed(ratio === null ? null : 100 * (ratio - 1))] : texts;
    })));
    const run = two && !compares ? ` Run ${names[runs[0]]}.` : "";
    document.getElementById("about").textContent = `${heading()}: ${what}. Medians${view.show === "time" && !compares ? ", ± half of the spread" : ""}; ` +
        `the best of each size is bold.${run}${compares ? ` A change ${most_is_best() ? "above" : "below"} 0 is for the better.` : ""}`;
    document.getElementById("table").replaceChildren(el("table", {"aria-describedby": "about"}, el("thead", null, head), el("tbody", null, rows)));
}

function draw_who() {
    const here = present(), holder = document.getElementById("who"), focused = holder.contains(document.activeElement) && document.activeElement.value;
    holder.replaceChildren(...data.contenders.filter(one => here.includes(one[0])).map(([who]) => el("label", {style: `--colour: ${colour_of(who)}`, title: who},
        el("input", {type: "checkbox", value: who, checked: !view.without.includes(who), onchange: event =>
            change({without: event.target.checked ? view.without.filter(one => one !== who) : [...view.without, who]})}), el("i"), el("span", null, who))));
    for (const box of holder.querySelectorAll("input")) if (box.value === focused) box.focus();
}

// All --------------------------------------------------------------------------------------------------------------

function run_card(run, i) {
    const pairs = list => el("dl", null, list.map(([name, text]) => [el("dt", null, name), el("dd", null, text)]));
    return el("div", null, el("h2", null, (two ? names[i] + ": " : "") + run.label), pairs(run.facts),
        run.contenders.length > 0 && el("details", null, el("summary", null, "The contenders"), pairs(run.contenders)),
        run.errors.length > 0 && el("div", {class: "errors", role: "note"}, run.errors.map(error => el("p", null, error))));
}

function build() {
    const dates = data.runs.map((run, i) => `${two ? names[i] + ": " : ""}${run.label}, ${run.date}${i && run.processor === data.runs[0].processor ? "" : ", " + run.processor}`);
    page.append(
        el("header", null, el("div", null, el("h1", null, two ? "Benchmarks of swiss: two runs" : "Benchmarks of swiss"), dates.map(text => el("p", {class: "soft"}, text))),
            choice("theme", "Colours", [["auto", "Auto"], ["light", "Light"], ["dark", "Dark"]])),
        el("div", {class: "layout"},
            el("section", {class: "controls", "aria-label": "What is shown"},
                picker("suite", "Suite"), picker("types", "Types"), picker("operation", "Operation"), picker("show", "Shown"),
                two && el("fieldset", {class: "all"}, el("legend", null, "Runs"), choice("runs", "Runs", [["over", "Overlaid"], ["beside", "Side by side"], ["a", "A"], ["b", "B"]])),
                el("label", {class: "check all"}, el("input", {type: "checkbox", id: "log", onchange: event => change({scale: event.target.checked ? "log" : "linear"})}), "Logarithmic"),
                el("fieldset", {class: "all"}, el("legend", null, "Contenders"), el("div", {class: "who", id: "who"}),
                    el("div", {class: "small"}, el("button", {type: "button", id: "all", onclick: () => change({without: []})}, "All"),
                        el("button", {type: "button", id: "none", onclick: () => change({without: present().filter(who => who !== data.ours)})}, `${data.ours} only`)))),
            el("div", {class: "stack"},
                el("section", {"aria-labelledby": "heading"}, el("h2", {id: "heading"}), el("p", {id: "said", role: "status", class: "soft"}), el("div", {id: "charts"})),
                el("section", {id: "figures", "aria-label": "The figures"}, el("p", {id: "about", class: "soft"}), el("div", {class: "scroll", id: "table", tabindex: 0, role: "region", "aria-label": "Table of the figures"})),
                el("section", {"aria-label": "The runs"}, el("div", {class: "runs"}, data.runs.map(run_card))))));
}

function draw() {
    apply_theme();
    const suite = data.cells[view.suite];
    fill("suite", Object.keys(data.cells).map(name => [name, `${data.suites[name].title} (${name})`]), view.suite);
    fill("types", Object.keys(suite).map(name => [name, name]), view.types);
    fill("operation", Object.keys(suite[view.types]).map(name => [name, name]), view.operation);
    fill("show", drawable().map(name => [name, title(name)]), view.show);
    press("theme", view.theme);
    if (two) press("runs", view.runs);
    document.getElementById("log").checked = view.scale === "log";
    document.getElementById("log").disabled = !can_be_log();
    document.getElementById("heading").textContent = heading();
    document.getElementById("said").textContent = sentence();
    document.title = `${view.types} ${view.operation} - benchmarks of swiss`;
    draw_who();
    draw_charts();
    draw_table();
}

build();
from_address();
draw();
addEventListener("hashchange", () => { from_address(); draw(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
