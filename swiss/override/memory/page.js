"use strict";
/* Draws the page from the data in it. Names are put in as text, never as HTML: they may have any characters.
 *
 * run: header, tiles, hints, time, sites, flame graph, sizes, lifetimes, leaks, given back, processes, all of one process
 * comparison: totals, time, sites, flame graph, classes */

const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");
const tip = document.getElementById("tip");
const redraws = []; // what depends on the width

// Elements ---------------------------------------------------------------------------------------------------------

function put(element, attributes, children) {
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
const el = (tag, attributes, ...children) => put(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

function section(id, title, text, ...children) {
    return el("section", {id, "aria-labelledby": id + "-title"}, el("h2", {id: id + "-title"}, title), text && el("p", {class: "soft"}, text), children);
}

function choice(label, options, chosen, choose) {
    const group = el("div", {class: "choice", role: "group", "aria-label": label});
    for (const [value, text] of options)
        group.append(el("button", {type: "button", "aria-pressed": String(value === chosen), onclick: event => {
            for (const other of group.children) other.setAttribute("aria-pressed", String(other === event.currentTarget));
            choose(value);
        }}, text));
    return group;
}

function redraw(draw) {
    redraws.push(draw);
    draw();
}

// Numbers ----------------------------------------------------------------------------------------------------------

function bytes(value) {
    const sign = value < 0 ? "−" : "";
    value = Math.abs(value);
    if (value < 1024) return sign + Math.round(value) + " B";
    for (const unit of ["KiB", "MiB", "GiB", "TiB"]) {
        value /= 1024;
        if (value < 999.5 || unit === "TiB") return sign + value.toFixed(value >= 100 ? 0 : 1) + " " + unit;
    }
}

function count(value) {
    const sign = value < 0 ? "−" : "";
    value = Math.abs(value);
    if (value < 10000) return sign + Math.round(value).toLocaleString("en");
    for (const unit of ["k", "M", "G", "T"]) {
        value /= 1000;
        if (value < 999.5 || unit === "T") return sign + value.toPrecision(3) + " " + unit;
    }
}

function time(value) {
    if (value === null || value === undefined) return "–";
    for (const [limit, factor, unit] of [[1e-3, 1e6, "µs"], [1, 1e3, "ms"], [120, 1, "s"], [7200, 1 / 60, "min"]])
        if (value < limit) return (value * factor).toFixed(value * factor >= 100 || !value ? 0 : 1) + " " + unit;
    return (value / 3600).toFixed(1) + " h";
}

const part = (value, whole) => whole > 0 ? (100 * value / whole).toFixed(value / whole < .0995 && value ? 1 : 0) + "%" : "–";
const signed = show => value => value > 0 ? "+" + show(value) : value < 0 ? show(value) : "0";

/* Steps for an axis from 0 to `most`: of bytes by powers of two, else 1, 2 or 5 times a power of ten. */
function steps(most, wanted, binary) {
    const raw = most / wanted || 1;
    let step;
    if (binary) {
        step = 2 ** Math.ceil(Math.log2(raw));
    } else {
        const power = 10 ** Math.floor(Math.log10(raw));
        step = [1, 2, 5, 10].find(factor => factor * power >= raw) * power;
    }
    const found = [];
    for (let i = 0; i * step <= most * 1.0001; ++i) found.push(i * step);
    return found;
}

// Tooltips ---------------------------------------------------------------------------------------------------------

function showTip(x, y, ...content) {
    tip.replaceChildren(...content.flat(9).filter(Boolean));
    tip.hidden = false;
    delete tip.dataset.key;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
    tip.style.top = (y + 18 + box.height > innerHeight ? Math.max(8, y - box.height - 12) : y + 18) + "px";
}
const hideTip = () => { tip.hidden = true; };
const tipRows = rows => el("table", {}, rows.map(([name, value, colour]) =>
    el("tr", {}, el("td", {}, colour && el("i", {class: "swatch", style: "background:" + colour}), name), el("td", {}, value))));

// Tables -----------------------------------------------------------------------------------------------------------

const whereOf = frame => !frame ? "" : frame.file ? frame.file.split("/").slice(-2).join("/") + (frame.line ? ":" + frame.line : "") : frame.module;

/* A table that can be sorted. A column is {name, title, get, show, text, meter, help}; `expand` gives what a row opens to. */
function table(columns, rows, {sort, up = false, expand, filter, most = 15, label}) {
    let key = sort, rising = up, all = false, wanted = "";
    const body = el("tbody"), head = el("tr"), box = el("div"), more = el("div", {class: "bar"});
    for (const column of columns)
        head.append(el("th", {scope: "col", class: column.text ? "text" : null, title: column.help, "data-name": column.name},
            el("button", {type: "button", onclick: () => {
                rising = key === column.name ? !rising : Boolean(column.text);
                key = column.name;
                draw();
            }}, column.title)));
    function row(item) {
        const line = el("tr");
        for (const column of columns) {
            const value = column.get(item);
            if (column.text && column.frame !== undefined) {
                const inner = [el("div", {class: "f", title: value}, value), column.frame && el("div", {class: "where", title: column.frame(item)}, column.frame(item))];
                const cell = el("td", {class: "text name"});
                if (expand) {
                    const button = el("button", {type: "button", "aria-expanded": "false", onclick: () => {
                        const open = button.getAttribute("aria-expanded") === "true";
                        button.setAttribute("aria-expanded", String(!open));
                        if (open) line.nextSibling.remove();
                        else line.after(el("tr", {class: "more"}, el("td", {colspan: columns.length}, el("div", {class: "more-in"}, expand(item)))));
                    }}, inner);
                    cell.append(button);
                } else {
                    cell.append(...inner.filter(Boolean));
                }
                line.append(cell);
                continue;
            }
            const shown = column.show ? column.show(value, item) : value;
            const meter = column.meter && column.meter(item);
            line.append(el("td", {class: [column.text && "text", column.tone && (value > 0 ? "up" : value < 0 ? "down" : "")].filter(Boolean).join(" ") || null}, shown,
                meter > 0 && el("span", {class: "meter", style: `--part:${Math.min(100, 100 * meter).toFixed(1)}%`})));
        }
        return line;
    }
    function draw() {
        const column = columns.find(one => one.name === key);
        for (const th of head.children) {
            if (th.dataset.name === key) th.setAttribute("aria-sort", rising ? "ascending" : "descending");
            else th.removeAttribute("aria-sort");
        }
        const sorted = rows.filter(item => !wanted || filter(item).toLowerCase().includes(wanted)).sort((a, b) => {
            const x = column.order ? column.order(a) : column.get(a), y = column.order ? column.order(b) : column.get(b);
            const order = typeof x === "string" ? x.localeCompare(y) : (x ?? -1) - (y ?? -1);
            return rising ? order : -order;
        });
        const shown = all ? sorted : sorted.slice(0, most);
        body.replaceChildren(...shown.map(row));
        if (!sorted.length) body.append(el("tr", {}, el("td", {class: "text", colspan: columns.length}, rows.length ? "Nothing matches." : "Nothing.")));
        more.replaceChildren(...(sorted.length > most ? [el("button", {type: "button", class: "plain", onclick: () => { all = !all; draw(); }},
            all ? "Show fewer" : `Show all ${sorted.length}`)] : []));
    }
    draw();
    box.append(el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": label}, el("table", {}, el("thead", {}, head), body)), more);
    function sortBy(name) {
        key = name;
        rising = false;
        draw();
        const column = [...head.children].find(th => th.dataset.name === name), fixed = head.firstChild.offsetWidth, view = box.firstChild;
        if (column.offsetLeft + column.offsetWidth > view.clientWidth || view.scrollLeft) view.scrollLeft = column.offsetLeft - fixed;
    }
    return {box, sortBy, search(text) { wanted = text.trim().toLowerCase(); draw(); }};
}

function stackList(stack, frames) {
    return el("ol", {class: "stack"}, stack.frames.map((number, place) => {
        const frame = frames[number];
        return el("li", {class: place === stack.site ? "site" : null}, frame.name, " ", el("span", {class: "where"}, whereOf(frame)));
    }));
}

// Charts over time -------------------------------------------------------------------------------------------------

/* Areas, stacked, and lines over time: series are {name, colour, values, line}. */
function timeChart(title, times, series, {height = 230, mono = false} = {}) {
    const holder = el("div", {tabindex: 0, role: "img", "aria-label": title + ": the arrow keys move along it"});
    const legend = el("ul", {class: "legend"}, series.map(s => el("li", {}, el("i", {style: "background:" + s.colour}), el("span", {class: mono ? "mono" : null, title: s.name}, s.name))));
    const areas = series.filter(s => !s.line);
    const end = Math.max(times[times.length - 1] || 0, 1e-9);
    const most = Math.max(1, ...times.map((_, i) => Math.max(areas.reduce((sum, s) => sum + s.values[i], 0), ...series.filter(s => s.line).map(s => s.values[i]))));
    let at = -1;
    function draw() {
        const width = Math.max(260, holder.clientWidth || 600), left = 58, right = 10, bottom = 22, top = 8;
        const x = t => left + (width - left - right) * t / end, y = v => top + (height - top - bottom) * (1 - v / (most * 1.04));
        const root = svg("svg", {viewBox: `0 0 ${width} ${height}`, height});
        for (const value of steps(most * 1.04, 5, true))
            root.append(svg("line", {class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value)}),
                svg("text", {x: left - 7, y: y(value) + 4, "text-anchor": "end"}, bytes(value)));
        for (const value of steps(end, width / 95, false))
            root.append(svg("text", {x: Math.min(x(value), width - 16), y: height - 5, "text-anchor": value ? "middle" : "start"}, value ? time(value) : "0"));
        const base = times.map(() => 0);
        for (const one of areas) {
            const low = times.map((t, i) => `${x(t).toFixed(1)},${y(base[i]).toFixed(1)}`).reverse();
            one.values.forEach((value, i) => { base[i] += value; });
            root.append(svg("polygon", {points: times.map((t, i) => `${x(t).toFixed(1)},${y(base[i]).toFixed(1)}`).concat(low).join(" "), fill: one.colour, "fill-opacity": one.faint || .82}));
        }
        for (const one of series.filter(s => s.line))
            root.append(svg("polyline", {points: times.map((t, i) => `${x(t).toFixed(1)},${y(one.values[i]).toFixed(1)}`).join(" "), fill: "none", stroke: one.colour, "stroke-width": 1.8, "stroke-linejoin": "round"}));
        const cross = svg("line", {class: "cross", y1: top, y2: height - bottom, visibility: "hidden"});
        root.append(cross);
        function point(i, clientX, clientY) {
            at = Math.max(0, Math.min(times.length - 1, i));
            cross.setAttribute("x1", x(times[at]));
            cross.setAttribute("x2", x(times[at]));
            cross.setAttribute("visibility", "visible");
            const rows = series.map(s => [s.name, bytes(s.values[at]), s.colour]);
            if (areas.length > 1) rows.push(["sum", bytes(areas.reduce((sum, s) => sum + s.values[at], 0))]);
            showTip(clientX, clientY, el("b", {}, "after " + time(times[at])), tipRows(rows));
        }
        root.addEventListener("pointermove", event => {
            const box = root.getBoundingClientRect(), t = (event.clientX - box.left - left) / (width - left - right) * end;
            let near = 0;
            times.forEach((value, i) => { if (Math.abs(value - t) < Math.abs(times[near] - t)) near = i; });
            point(near, event.clientX, event.clientY);
        });
        const leave = () => { hideTip(); cross.setAttribute("visibility", "hidden"); };
        root.addEventListener("pointerleave", leave);
        holder.onblur = leave;
        holder.onkeydown = event => {
            const by = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9}[event.key];
            if (event.key === "Escape") leave();
            if (!by) return;
            event.preventDefault();
            const box = root.getBoundingClientRect(), next = Math.max(0, Math.min(times.length - 1, at + by));
            point(next, box.left + x(times[next]), box.top + 20);
            tip.dataset.key = "yes";
        };
        holder.replaceChildren(root);
    }
    setTimeout(() => redraw(draw));
    return el("div", {}, el("h3", {}, title), holder, legend);
}

// The flame graph --------------------------------------------------------------------------------------------------

/* A tree of the stacks: {name, module, values, children}; `values` by metric. */
function treeOf(stacks, frames, metrics) {
    const make = (frame, parent, depth) => ({frame, parent, depth, children: new Map(), values: Object.fromEntries(metrics.map(m => [m, 0]))});
    const root = make(null, null, 0);
    for (const stack of stacks) {
        let node = root;
        const path = [...stack.frames].reverse().map(number => frames[number]);
        for (let i = -1; i < path.length; ++i) {
            if (i >= 0) {
                const key = path[i].name + "\0" + path[i].module;
                if (!node.children.has(key)) node.children.set(key, make(path[i], node, node.depth + 1));
                node = node.children.get(key);
            }
            for (const metric of metrics) node.values[metric] += metric.split(".").reduce((value, name) => (value || {})[name], stack) || 0;
        }
    }
    return root;
}

function hue(text) {
    let hash = 7;
    for (let i = 0; i < text.length; ++i) hash = (hash * 31 + text.charCodeAt(i)) >>> 0;
    return hash;
}

/* `widthOf` and `colourOf` say how wide and in which colour a node is, `rowsOf` what its tooltip says. */
function flame(root, {widthOf, colourOf, rowsOf, label}) {
    const ROW = 19, holder = el("div", {class: "flame", role: "group", "aria-label": label});
    const status = el("span", {class: "soft", role: "status"});
    let top = root, wanted = "", boxes = [];
    const name = node => node.frame ? node.frame.name : "all";
    const matches = node => wanted && node.frame && (node.frame.name + " " + whereOf(node.frame)).toLowerCase().includes(wanted);
    function share(node, inside) {
        const found = inside || matches(node);
        if (found) return widthOf(node);
        let sum = 0;
        for (const child of node.children.values()) sum += share(child, found);
        return sum;
    }
    function zoom(node, focus) {
        top = node;
        draw();
        if (focus) boxes.find(box => box.node === top)?.group.focus();
    }
    function draw() {
        const width = Math.max(260, holder.clientWidth || 600), picture = svg("svg", {});
        boxes = [];
        const line = [];
        for (let node = top.parent; node; node = node.parent) line.unshift(node);
        const add = (node, x, w, row, above) => {
            const group = svg("g", {tabindex: node === top ? 0 : -1, role: "button", "aria-label": `${name(node)}, ${rowsOf(node)[0][1]}`,
                class: [above && "above", matches(node) && "found"].filter(Boolean).join(" ") || null});
            group.append(svg("rect", {x, y: row * ROW, width: w, height: ROW, fill: colourOf(node), rx: 2}));
            const room = Math.floor((w - 8) / 6.65);
            if (room >= 3) group.append(svg("text", {x: x + 4, y: row * ROW + 13}, name(node).length > room ? name(node).slice(0, room - 1) + "…" : name(node)));
            const box = {node, x, row, group};
            boxes.push(box);
            const say = (px, py) => showTip(px, py, el("b", {}, name(node)), node.frame && el("div", {}, whereOf(node.frame)), tipRows(rowsOf(node)));
            group.addEventListener("pointermove", event => say(event.clientX, event.clientY));
            group.addEventListener("pointerleave", hideTip);
            group.addEventListener("click", () => { hideTip(); zoom(node); });
            group.addEventListener("focus", () => {
                if (!group.matches(":focus-visible")) return;
                const place = group.getBoundingClientRect();
                say(place.left, place.bottom - 8);
                tip.dataset.key = "yes";
            });
            group.addEventListener("blur", hideTip);
            group.addEventListener("keydown", event => {
                const near = (row, from) => boxes.filter(b => b.row === row).sort((a, b) => Math.abs(a.x - from) - Math.abs(b.x - from))[0];
                const inRow = boxes.filter(b => b.row === box.row).sort((a, b) => a.x - b.x), place = inRow.indexOf(box);
                const next = {ArrowDown: () => near(box.row + 1, box.x), ArrowUp: () => near(box.row - 1, box.x), ArrowRight: () => inRow[place + 1], ArrowLeft: () => inRow[place - 1]}[event.key];
                if (event.key === "Enter" || event.key === " ") zoom(node, true);
                else if (event.key === "Escape") zoom(root, true);
                else if (next) next()?.group.focus();
                else return;
                event.preventDefault();
            });
            picture.append(group);
        };
        line.forEach((node, row) => add(node, 0, width, row, true));
        let deepest = line.length;
        (function lay(node, x, w, row) {
            add(node, x, w, row, false);
            deepest = Math.max(deepest, row);
            const whole = widthOf(node);
            const children = [...node.children.values()].sort((a, b) => name(a).localeCompare(name(b)));
            for (const child of children) {
                const part = whole ? w * widthOf(child) / whole : 0;
                if (part >= 1.2) lay(child, x, part, row + 1);
                x += part;
            }
        })(top, 0, width, line.length);
        picture.setAttribute("height", (deepest + 1) * ROW);
        picture.setAttribute("viewBox", `0 0 ${width} ${(deepest + 1) * ROW}`);
        holder.replaceChildren(picture);
        status.textContent = wanted ? `${part(share(root, false), widthOf(root))} match` : top === root ? "" : "zoomed: Escape, or a click on the top row, shows all";
    }
    setTimeout(() => redraw(draw));
    return {holder, status, draw, reset() { top = root; draw(); }, search(text) { wanted = text.trim().toLowerCase(); draw(); }};
}

const warm = node => {
    if (!node.frame) return "#c9ccd1";
    const module = hue(node.frame.module), own = hue(node.frame.name);
    return `oklch(${(.76 + (own >> 4) % 9 / 100).toFixed(2)} .095 ${[45, 75, 20, 115, 160, 205, 245, 300][module % 8] + own % 17 - 8})`;
};

// One process ------------------------------------------------------------------------------------------------------

const METRICS = [["peak_bytes", "In use at the peak"], ["live_bytes", "In use at the end"], ["bytes", "Bytes allocated"], ["count", "Number of allocations"]];

function tilesOf(p) {
    const t = p.totals, waste = t.span - t.in_use;
    return el("div", {class: "tiles"}, [
        [bytes(t.peak), "in use at the peak, after " + time(t.peak_time)],
        [bytes(t.in_use), "in use at the end"],
        [bytes(t.allocated), "allocated in all, estimated"],
        [count(t.mallocs), `allocations, ${count(t.mallocs / Math.max(p.seconds, 1e-6))} a second`],
        [bytes(t.peak_committed), "most memory taken from the system"],
        [bytes(t.idle), `idle at the end; ${bytes(Math.max(0, waste))} wasted in spans`],
    ].map(([value, text]) => el("div", {class: "tile"}, el("b", {}, value), el("span", {}, text))));
}

function hintsOf(p) {
    return section("hints", "Hints", null, p.hints.length
        ? el("ul", {class: "hints"}, p.hints.map(h => el("li", {class: h.kind}, el("b", {}, h.title), h.text)))
        : el("p", {class: "empty"}, "Nothing stands out."));
}

function timeOf(p) {
    if (!p.times.length) return section("time", "Memory over time", null, el("p", {class: "empty"}, "No numbers were recorded."));
    const times = p.times.map(row => row[0]), column = i => p.times.map(row => row[i]);
    const heap = timeChart("The heap", times, [
        {name: "in use", colour: "var(--c0)", values: column(1)},
        {name: "free slots in spans", colour: "var(--c1)", values: p.times.map(r => Math.max(0, r[2] - r[1]))},
        {name: "idle pages", colour: "var(--c6)", values: column(3), faint: .55},
        {name: "committed", colour: "var(--ink)", values: column(4), line: true},
    ]);
    const layers = p.layers, sites = timeChart("In use by function, estimated", layers.times, layers.names.map((name, i) => ({
        name, colour: i === layers.names.length - 1 ? "var(--c7)" : `var(--c${i})`, values: layers.rows.map(row => row[i])})).reverse(), {mono: true});
    return section("time", "Memory over time", null, el("div", {class: "two"}, heap, p.samples ? sites : null));
}

function sitesOf(p) {
    const sums = p.totals.sampled, frames = data.frames;
    const meter = name => row => row[name] / (sums[name] || 1);
    const columns = [
        {name: "name", title: "Function", get: r => r.name, text: true, frame: r => whereOf(frames[r.frame]) || r.module},
        {name: "peak_bytes", title: "At the peak", get: r => r.peak_bytes, show: bytes, meter: meter("peak_bytes")},
        {name: "live_bytes", title: "At the end", get: r => r.live_bytes, show: bytes, meter: meter("live_bytes")},
        {name: "bytes", title: "Allocated", get: r => r.bytes, show: bytes, meter: meter("bytes")},
        {name: "count", title: "Number", get: r => r.count, show: count, meter: meter("count")},
        {name: "size", title: "Mean size", get: r => r.count ? r.bytes / r.count : 0, show: bytes},
        {name: "life", title: "Lifetime", help: "The median of the blocks that were freed", get: r => r.life, show: time},
        {name: "short", title: "Under 1 ms", help: "The part of the blocks that lived less than a millisecond", get: r => r.count ? r.short / r.count : 0, show: (v, r) => part(r.short, r.count)},
    ];
    const stacksBySite = new Map();
    for (const stack of p.stacks) {
        const frame = frames[stack.frames[stack.site]] || {name: "?", module: "?"}, key = frame.name + "\0" + frame.module;
        if (!stacksBySite.has(key)) stacksBySite.set(key, []);
        stacksBySite.get(key).push(stack);
    }
    let metric = "peak_bytes";
    const expand = row => {
        const stacks = [...(stacksBySite.get(row.name + "\0" + row.module) || [])].sort((a, b) => b[metric] - a[metric] || b.bytes - a.bytes);
        return [el("div", {class: "head"}, `${stacks.length} call stack${stacks.length === 1 ? "" : "s"}`, stacks.length > 5 ? "; the first five:" : ""), stacks.slice(0, 5).map(stack =>
            [el("div", {class: "head", style: "margin-top:10px"}, `${bytes(stack.peak_bytes)} at the peak · ${bytes(stack.live_bytes)} at the end · ${bytes(stack.bytes)} allocated in ${count(stack.count)}`), stackList(stack, frames)])];
    };
    const made = table(columns, p.sites, {sort: metric, expand, filter: r => r.name + " " + r.module + " " + whereOf(frames[r.frame]), label: "Functions that allocate"});
    return section("sites", "Who allocates", "A row is a function that allocates; functions that only hand an allocation on, such as xmalloc or operator new, are passed over. Estimates from samples. A row opens to its call stacks.",
        el("div", {class: "bar"}, choice("Order", METRICS, metric, value => { metric = value; made.sortBy(value); }),
            el("input", {type: "search", placeholder: "Filter functions", "aria-label": "Filter functions", oninput: event => made.search(event.target.value)})),
        made.box);
}

function flameOf(p) {
    if (!p.stacks.length) return section("flame", "Flame graph", null, el("p", {class: "empty"}, "There are no samples."));
    const root = treeOf(p.stacks, data.frames, METRICS.map(m => m[0]));
    let metric = root.values.peak_bytes ? "peak_bytes" : "bytes";
    const made = flame(root, {
        label: "Flame graph: arrow keys move, Enter zooms, Escape shows all", colourOf: warm, widthOf: node => node.values[metric],
        rowsOf: node => METRICS.map(([name, title]) => [title, `${(name === "count" ? count : bytes)(node.values[name])} (${part(node.values[name], root.values[name])})`])
            .sort((a, b) => (b[0] === METRICS.find(m => m[0] === metric)[1]) - (a[0] === METRICS.find(m => m[0] === metric)[1])),
    });
    return section("flame", "Flame graph", "Who calls whom on the way to an allocation: the program's start is at the top, and a box is as wide as its part. Colours tell modules apart. A click zooms.",
        el("div", {class: "bar"}, choice("Width", METRICS, metric, value => { metric = value; made.draw(); }),
            el("input", {type: "search", placeholder: "Search", "aria-label": "Search functions in the flame graph", oninput: event => made.search(event.target.value)}),
            el("button", {type: "button", class: "plain", onclick: made.reset}, "Show all"), made.status),
        made.holder);
}

const sizeName = size => size ? size.toLocaleString("en") : "large";

/* Columns, one a class: `parts` are {name, colour, get}. */
function classChart(rows, parts, show) {
    const holder = el("div", {});
    function draw() {
        const width = Math.max(260, holder.clientWidth || 600), height = 190, left = 58, bottom = 44, top = 6;
        const most = Math.max(1, ...rows.map(row => parts.reduce((sum, one) => sum + one.get(row), 0)));
        const y = v => top + (height - top - bottom) * (1 - v / most), step = (width - left - 4) / rows.length;
        const root = svg("svg", {viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": "By size class; the table below has the numbers"});
        for (const value of steps(most, 4, show === bytes))
            root.append(svg("line", {class: "grid", x1: left, x2: width, y1: y(value), y2: y(value)}), svg("text", {x: left - 7, y: y(value) + 4, "text-anchor": "end"}, show(value)));
        const every = Math.ceil(17 / step);
        rows.forEach((row, i) => {
            let base = 0;
            const group = svg("g", {});
            for (const one of parts) {
                const value = one.get(row), w = Math.max(1, Math.min(34, step - 2));
                group.append(svg("rect", {x: left + i * step + (step - w) / 2, width: w, y: y(base + value), height: Math.max(0, y(base) - y(base + value)), fill: one.colour, rx: 1.5}));
                base += value;
            }
            group.append(svg("rect", {x: left + i * step, y: top, width: step, height: height - top - bottom, fill: "transparent"}));
            group.addEventListener("pointermove", event => showTip(event.clientX, event.clientY, el("b", {}, row.size ? sizeName(row.size) + " bytes" : "large blocks"), tipRows(parts.map(one => [one.name, show(one.get(row)), one.colour]))));
            group.addEventListener("pointerleave", hideTip);
            if (i % every === 0) root.append(svg("text", {transform: `translate(${left + (i + .5) * step + 4} ${height - bottom + 10}) rotate(-60)`, "text-anchor": "end", style: "font-size:10.5px"}, row.size ? row.size >= 1024 && row.size % 1024 === 0 ? row.size / 1024 + "K" : row.size : "large"));
            root.append(group);
        });
        holder.replaceChildren(root);
    }
    setTimeout(() => redraw(draw));
    return el("div", {}, holder, parts.length > 1 && el("ul", {class: "legend"}, parts.map(one => el("li", {}, el("i", {style: "background:" + one.colour}), one.name))));
}

function sizesOf(p) {
    const rows = [...p.classes].sort((a, b) => (a.size || 1e12) - (b.size || 1e12));
    if (!rows.length) return section("sizes", "Sizes and classes", null, el("p", {class: "empty"}, "Nothing was allocated."));
    const choices = {
        peak: ["Bytes at the peak", [{name: "in use", colour: "var(--c0)", get: r => r.peak_bytes}, {name: "free slots", colour: "var(--c1)", get: r => Math.max(0, r.peak_span_bytes - r.peak_bytes)}], bytes],
        end: ["Bytes at the end", [{name: "in use", colour: "var(--c0)", get: r => r.live_bytes}, {name: "free slots", colour: "var(--c1)", get: r => Math.max(0, r.span_bytes - r.live_bytes)}], bytes],
        number: ["Allocations", [{name: "allocations", colour: "var(--c4)", get: r => r.mallocs}], count],
    };
    const place = el("div", {}), show = name => place.replaceChildren(classChart(rows, choices[name][1], choices[name][2]));
    const number = rows.reduce((sum, r) => sum + r.mallocs, 0), peak = rows.reduce((sum, r) => sum + r.peak_bytes, 0);
    const made = table([
        {name: "size", title: "Class", get: r => sizeName(r.size), order: r => r.size || 1e12, text: true},
        {name: "mallocs", title: "Allocations", get: r => r.mallocs, show: count, meter: r => r.mallocs / (number || 1)},
        {name: "part", title: "Part", get: r => r.mallocs / (number || 1), show: v => part(v, 1)},
        {name: "peak_bytes", title: "At the peak", get: r => r.peak_bytes, show: bytes, meter: r => r.peak_bytes / (peak || 1)},
        {name: "peak_waste", title: "Free slots", help: "Slots of its spans that no block used at the peak", get: r => Math.max(0, r.peak_span_bytes - r.peak_bytes), show: (v, r) => v ? `${bytes(v)} (${part(v, r.peak_span_bytes)})` : "–"},
        {name: "live", title: "Live at the end", get: r => r.live, show: count},
        {name: "end_waste", title: "Free slots", help: "Slots of its spans that no block used at the end", get: r => Math.max(0, r.span_bytes - r.live_bytes), show: (v, r) => v ? `${bytes(v)} (${part(v, r.span_bytes)})` : "–"},
        {name: "rounding", title: "Rounding", help: "The part of a block that was not asked for, estimated", get: r => r.asked ? r.waste / (r.asked + r.waste) : 0, show: (v, r) => r.asked ? part(r.waste, r.asked + r.waste) : "–"},
    ], rows, {sort: "size", up: true, most: 12, label: "Size classes"});
    show("peak");
    return section("sizes", "Sizes and classes", "A block takes a slot of its size class, in a span of pages that has only slots of that class. Free slots and rounding are what that costs. Blocks of more than 32 KiB are large, and take whole pages; their bytes are estimates.",
        el("div", {class: "bar"}, choice("Show", Object.entries(choices).map(([name, one]) => [name, one[0]]), "peak", show)), place, made.box);
}

function livesOf(p) {
    const groups = [[16, "to 16 B"], [64, "to 64 B"], [256, "to 256 B"], [1024, "to 1 KiB"], [4096, "to 4 KiB"], [32768, "to 32 KiB"], [Infinity, "large"]];
    const heads = ["<10 µs", "<100 µs", "<1 ms", "<10 ms", "<0.1 s", "<1 s", "<10 s", "≥10 s", "not freed"];
    const sums = groups.map(() => heads.map(() => 0));
    for (const row of p.classes) {
        const group = groups.findIndex(([most]) => (row.size || Infinity) <= most);
        row.lives.forEach((value, i) => { sums[group][i] += value; });
    }
    const used = sums.map((row, i) => ({name: groups[i][1], row, sum: row.reduce((a, b) => a + b, 0)})).filter(one => one.sum);
    if (!used.length) return section("lives", "Lifetimes", null, el("p", {class: "empty"}, "There are no samples."));
    return section("lives", "Lifetimes", "How long blocks of each size lived, as parts of their number; estimated. What lives for a moment belongs in an arena, a pool, or on the stack.",
        el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Lifetimes"}, el("table", {class: "heat"},
            el("thead", {}, el("tr", {}, el("th", {class: "text"}, "Size"), heads.map(h => el("th", {scope: "col", style: "text-align:center"}, h)), el("th", {}, "Number"))),
            el("tbody", {}, used.map(({name, row, sum}) => el("tr", {}, el("th", {class: "text", scope: "row", style: "white-space:nowrap;vertical-align:middle"}, name),
                row.map(value => el("td", {style: `background:color-mix(in srgb, var(--c0) ${Math.round(85 * Math.sqrt(value / sum))}%, var(--faint));${value / sum > .35 ? "color:#fff" : value ? "" : "color:var(--soft)"}`}, value ? part(value, sum) : "·")),
                el("td", {style: "background:none;text-align:right"}, count(sum))))))));
}

function leaksOf(p) {
    const text = "Blocks that were in use at the end. Lost: nothing leads to them any more. Indirect: only lost blocks do. Unknown: it could not be told.";
    if (!p.leaks_known)
        return section("leaks", "Leaks", null, el("p", {class: "empty"}, p.ended ? "The heap was not searched for leaks." : "The program's end was not recorded, so that the heap was not searched for leaks."),
            el("p", {class: "soft"}, "“In use at the end” in the table of functions shows what was not freed."));
    const rows = p.leaks.filter(leak => leak.verdict !== "reachable").map(leak => ({...leak, name: (data.frames[leak.frames[leak.site]] || {name: "?"}).name}));
    const kept = p.leaks.filter(leak => leak.verdict === "reachable").reduce((sum, leak) => sum + leak.bytes, 0);
    const note = kept ? el("p", {class: "soft"}, `${bytes(kept)} more were in use at the end, and something still pointed to them: no leaks.`) : null;
    if (!rows.length) return section("leaks", "Leaks", null, el("p", {class: "empty"}, p.rate > 1 ? "No leaks were found among the blocks that were sampled; --every 1 looks at all." : "No leaks were found."), note);
    const sum = rows.reduce((all, leak) => all + leak.bytes, 0);
    return section("leaks", "Leaks", text + (p.rate > 1 ? " Estimates from samples; what only a lost block that was not sampled leads to is not seen." : ""), table([
        {name: "name", title: "Allocated by", get: r => r.name, text: true, frame: r => whereOf(data.frames[r.frames[r.site]])},
        {name: "bytes", title: "Bytes", get: r => r.bytes, show: bytes, meter: r => r.bytes / sum},
        {name: "count", title: "Blocks", get: r => r.count, show: count},
        {name: "age", title: "Oldest", get: r => r.age, show: time},
        {name: "verdict", title: "Verdict", get: r => r.verdict, text: true},
    ], rows, {sort: "bytes", expand: row => stackList(row, data.frames), label: "Leaks"}).box, note);
}

function backOf(p) {
    const t = p.totals, slots = Math.max(0, t.span - t.in_use), rest = Math.max(0, t.committed - t.span - t.idle);
    if (!t.committed) return section("back", "Fragmentation, and what could be given back", null, el("p", {class: "empty"}, "No numbers were recorded."));
    const parts = [
        ["in use", t.in_use, "var(--c0)", "Blocks of the program."],
        ["free slots in spans", slots, "var(--c1)", "Between blocks of the same size class: only such blocks can use it. It comes free when the last block of a span dies."],
        ["idle pages", t.idle, "var(--c6)", "Free pages that have memory. malloc_trim(0) would give all of it back now; the heap does so by itself when it has been unused for a while (SWISS_SCAVENGE), or at a limit (SWISS_SOFT_LIMIT)."],
        ["not touched yet", rest, "var(--c7)", "May be touched, and costs nothing until then."],
    ];
    return section("back", "Fragmentation, and what could be given back", "The memory taken from the system, as it was at the end.",
        el("div", {class: "split", role: "img", "aria-label": "What committed memory is used for; the table below has the numbers"}, parts.map(([name, value, colour]) =>
            value > 0 && el("i", {style: `flex:${value / t.committed};background:${colour}`, title: `${name}: ${bytes(value)}`}))),
        el("div", {class: "scroll"}, el("table", {class: "facts parts"}, el("tbody", {}, parts.map(([name, value, colour, text]) => el("tr", {},
            el("td", {class: "text"}, el("i", {class: "swatch", style: "background:" + colour}), name), el("td", {}, bytes(value)), el("td", {}, part(value, t.committed)), el("td", {}, text)))))),
        el("p", {class: "soft", style: "margin-top:12px"}, `Free pages: ${bytes(t.free)}, the longest run ${bytes(t.longest)}, so that their fragmentation is ${t.free ? (1 - t.longest / t.free).toFixed(2) : "0"} (0: one run). `
            + `The heap's own records take ${bytes(t.metadata)}; ${bytes(t.reserved)} of address space is reserved.`));
}

function processesOf(chosen) {
    const rows = data.processes.map((p, i) => ({i, pid: p.pid, parent: p.parent, command: p.command || "?", seconds: p.seconds, peak: p.totals.peak, mallocs: p.totals.mallocs, samples: p.samples, end: p.ended ? "recorded" : "not recorded"}))
        .concat(data.others.map(p => ({i: -1, ...p, end: p.ended ? "recorded" : "not recorded"})));
    if (rows.length < 2) return null;
    return section("processes", "Processes", "Every process had a record of its own. A row opens to the page of that process, if it is one of the largest.", table([
        {name: "command", title: "Command", get: r => r.command, text: true, frame: null},
        {name: "pid", title: "Number", get: r => r.pid}, {name: "parent", title: "Parent", get: r => r.parent},
        {name: "seconds", title: "Time", get: r => r.seconds, show: time}, {name: "peak", title: "Peak", get: r => r.peak, show: bytes},
        {name: "mallocs", title: "Allocations", get: r => r.mallocs, show: count}, {name: "samples", title: "Samples", get: r => r.samples, show: count},
        {name: "end", title: "End", get: r => r.end, text: true},
    ], rows, {sort: "peak", label: "Processes", expand: row => row.i < 0 ? "Too small for a page of its own." : row.i === chosen ? "This page shows it."
        : el("button", {type: "button", class: "plain", onclick: () => { drawRun(row.i); scrollTo(0, 0); }}, "Show this process")}).box);
}

function drawRun(chosen) {
    redraws.length = 0;
    const p = data.processes[chosen];
    const ended = data.status === null ? "its end is not known" : data.status > 128 ? `ended by signal ${data.status - 128}` : `exit status ${data.status}`;
    const top = el("header", {}, el("h1", {}, data.command), el("p", {class: "soft", style: "margin:6px 0 0"},
        [data.started, "ran " + time(data.seconds), ended, `${data.processes.length + data.others.length} process${data.processes.length + data.others.length === 1 ? "" : "es"}`].filter(Boolean).join(" · ")));
    if (data.processes.length > 1)
        top.append(el("div", {class: "bar", style: "margin:12px 0 0"}, el("label", {for: "process"}, "Process"), el("select", {id: "process", onchange: event => drawRun(Number(event.target.value))},
            data.processes.map((one, i) => el("option", {value: i, selected: i === chosen}, `${one.pid}  ${(one.command || "?").slice(0, 60)}${one.forked ? " (forked)" : ""}  –  ${bytes(one.totals.peak)}`)))));
    if (data.notes.length) top.append(el("div", {class: "notes"}, data.notes.map(note => el("div", {}, note))));
    if (!p) {
        page.replaceChildren(top, section("empty", "Nothing was recorded", null));
        return;
    }
    const sections = [hintsOf(p), timeOf(p), sitesOf(p), flameOf(p), sizesOf(p), livesOf(p), leaksOf(p), backOf(p), processesOf(chosen)].filter(Boolean);
    const short = {hints: "Hints", time: "Over time", sites: "Who allocates", flame: "Flame graph", sizes: "Sizes", lives: "Lifetimes", leaks: "Leaks", back: "Given back", processes: "Processes"};
    page.replaceChildren(top, navigation(sections, short), tilesOf(p), ...sections, el("footer", {},
        el("p", {}, `${count(p.samples)} samples of process ${p.pid}${p.forked ? ", which was forked: what it inherited is not counted by function" : ""}. A block is sampled by chance, in proportion to its size: at the end one byte in ${bytes(p.rate)}. `
            + "What is said by function, call stack, and lifetime is estimated from them; with n samples behind a number, it is off by about its part 1 in √n. Memory over time, totals and numbers of classes are exact.")));
}

function navigation(sections, names) {
    const links = new Map(sections.map(one => [one.id, el("a", {href: "#" + one.id}, names[one.id])]));
    if (window.IntersectionObserver) {
        const seen = new IntersectionObserver(entries => {
            for (const entry of entries)
                if (entry.isIntersecting)
                    for (const [id, link] of links) link.classList.toggle("here", id === entry.target.id);
        }, {rootMargin: "-20% 0px -70% 0px"});
        sections.forEach(one => seen.observe(one));
    }
    return el("nav", {"aria-label": "Parts of the page"}, [...links.values()]);
}

// Two runs ---------------------------------------------------------------------------------------------------------

function drawComparison() {
    const units = {bytes, count, time};
    const top = el("header", {}, el("h1", {}, "Two runs"), el("div", {class: "scroll", style: "margin-top:8px"}, el("table", {class: "facts"}, el("tbody", {}, [["A", data.a], ["B", data.b]].map(([name, one]) =>
        el("tr", {}, el("td", {class: "text"}, el("b", {}, name)), el("td", {class: "text"}, one.title), el("td", {}, one.folder)))))));
    const change = row => row.a ? row.b / row.a - 1 : row.b ? Infinity : 0;
    const totals = section("totals", "Totals", "Peaks are those of the largest process of a run; other numbers are the sums over all of its processes.", el("div", {class: "scroll"}, el("table", {}, el("thead", {}, el("tr", {}, ["", "A", "B", "B less A", "Change"].map((h, i) =>
        el("th", {class: i ? null : "text", style: "padding:6px 9px"}, h)))), el("tbody", {}, data.totals.map(row => {
        const show = units[row.unit];
        return el("tr", {}, el("td", {class: "text"}, row.name), el("td", {}, show(row.a)), el("td", {}, show(row.b)),
            el("td", {}, row.unit === "time" ? (row.b >= row.a ? "+" : "−") + time(Math.abs(row.b - row.a)) : signed(show)(row.b - row.a)),
            el("td", {class: Math.abs(change(row)) < .01 ? null : row.b > row.a ? "up" : "down"}, !row.a ? row.b ? "new" : "–" : change(row) > 9 ? "× " + count(row.b / row.a) : (change(row) >= 0 ? "+" : "−") + Math.abs(100 * change(row)).toFixed(1) + "%"));
    })))));
    const sections = [totals];

    const grid = [...new Set([...data.a.times, ...data.b.times].map(row => row[0]))].sort((x, y) => x - y);
    const follow = times => { let at = 0; return grid.map(t => { while (at + 1 < times.length && times[at + 1][0] <= t) ++at; return times.length ? times[at][1] : 0; }); };
    if (grid.length) sections.push(section("time", "Memory over time", null, timeChart("In use by the largest process of each run", grid, [
        {name: "A", colour: "var(--c0)", values: follow(data.a.times), line: true}, {name: "B", colour: "var(--c1)", values: follow(data.b.times), line: true}])));

    const columns = [{name: "name", title: "Function", get: r => r.name, text: true, frame: r => r.module}];
    for (const [name, title] of METRICS) columns.push({name, title, get: r => r[name], order: r => Math.abs(r[name]), show: signed(name === "count" ? count : bytes), tone: true});
    columns.push({name: "b", title: "B, at the peak", get: r => r.b.peak_bytes || 0, show: bytes}, {name: "ball", title: "B, allocated", get: r => r.b.bytes || 0, show: bytes});
    const made = table(columns, data.sites, {sort: "peak_bytes", filter: r => r.name + " " + r.module, label: "Differences by function", expand: row => el("table", {class: "facts"}, el("tbody", {}, [["A", row.a], ["B", row.b]].map(([name, one]) =>
        el("tr", {}, el("td", {class: "text"}, name), el("td", {}, bytes(one.peak_bytes || 0) + " at the peak"), el("td", {}, bytes(one.live_bytes || 0) + " at the end"), el("td", {}, bytes(one.bytes || 0) + " allocated"), el("td", {}, "in " + count(one.count || 0))))))});
    sections.push(section("sites", "Who allocates: B less A", "Estimates from samples: a small difference may be chance. The largest differences come first, of either sign.",
        el("div", {class: "bar"}, choice("Order", METRICS, "peak_bytes", made.sortBy), el("input", {type: "search", placeholder: "Filter functions", "aria-label": "Filter functions", oninput: event => made.search(event.target.value)})), made.box));

    let metric = "peak_bytes";
    const root = treeOf(data.stacks, data.frames, METRICS.flatMap(([name]) => ["a." + name, "b." + name]));
    const of = (node, which) => node.values[which + "." + metric];
    const flames = flame(root, {
        label: "Flame graph of the differences: arrow keys move, Enter zooms, Escape shows all", widthOf: node => of(node, "a") + of(node, "b"),
        colourOf: node => {
            const sum = of(node, "a") + of(node, "b"), more = sum ? (of(node, "b") - of(node, "a")) / sum : 0;
            return `hsl(${more > 0 ? 8 : 212} ${Math.round(12 + 66 * Math.abs(more))}% ${Math.round(85 - 22 * Math.abs(more))}%)`;
        },
        rowsOf: node => METRICS.map(([name, title]) => {
            const show = name === "count" ? count : bytes, a = node.values["a." + name], b = node.values["b." + name];
            return [title, `${show(a)} → ${show(b)}`];
        }),
    });
    sections.push(section("flame", "Flame graph", "A box is as wide as what both runs have there. Red: more in B; blue: less.", el("div", {class: "bar"},
        choice("Width", METRICS, metric, value => { metric = value; flames.draw(); }), el("input", {type: "search", placeholder: "Search", "aria-label": "Search functions in the flame graph", oninput: event => flames.search(event.target.value)}),
        el("button", {type: "button", class: "plain", onclick: flames.reset}, "Show all"), flames.status), flames.holder));

    const less = name => row => (row.b[name] || 0) - (row.a[name] || 0);
    sections.push(section("sizes", "Size classes: B less A", null, table([
        {name: "size", title: "Class", get: r => sizeName(r.size), order: r => r.size || 1e12, text: true},
        {name: "mallocs", title: "Allocations", get: less("mallocs"), order: r => Math.abs(less("mallocs")(r)), show: signed(count), tone: true},
        {name: "peak_bytes", title: "At the peak", get: less("peak_bytes"), order: r => Math.abs(less("peak_bytes")(r)), show: signed(bytes), tone: true},
        {name: "live_bytes", title: "At the end", get: less("live_bytes"), order: r => Math.abs(less("live_bytes")(r)), show: signed(bytes), tone: true},
        {name: "span_bytes", title: "Spans at the end", get: less("span_bytes"), order: r => Math.abs(less("span_bytes")(r)), show: signed(bytes), tone: true},
    ], data.classes, {sort: "mallocs", label: "Differences by size class"}).box));

    const titles = one => new Set(one.hints.map(h => h.title));
    const fresh = data.b.hints.filter(h => !titles(data.a).has(h.title)), gone = data.a.hints.filter(h => !titles(data.b).has(h.title));
    if (fresh.length || gone.length)
        sections.push(section("hints", "Hints", null, el("div", {class: "two"}, [["Only in B", fresh], ["Only in A", gone]].map(([title, list]) =>
            el("div", {}, el("h3", {}, title), list.length ? el("ul", {class: "hints"}, list.map(h => el("li", {class: h.kind}, el("b", {}, h.title), h.text))) : el("p", {class: "empty"}, "None."))))));
    page.replaceChildren(top, navigation(sections, {totals: "Totals", time: "Over time", sites: "Who allocates", flame: "Flame graph", sizes: "Sizes", hints: "Hints"}), ...sections);
}

// ------------------------------------------------------------------------------------------------------------------

if (data.kind === "comparison") drawComparison();
else drawRun(0);
let width = innerWidth, waiting = 0;
addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => redraws.forEach(draw => draw()), 80);
});
addEventListener("scroll", () => { if (!tip.dataset.key) hideTip(); }, {passive: true}); // a key may have scrolled the page
document.documentElement.dataset.drawn = "yes";
