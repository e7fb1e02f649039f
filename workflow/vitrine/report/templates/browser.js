// The explanations browser of a study's page: one instance at a time, from the packed data.
(() => {
  const root = document.getElementById("browser");
  const NORMAL_95 = 1.96;
  const FAINTEST = 0.06;
  const STRONGEST = 0.55;
  const MOST_NAMED_HEADS = 6;
  const MOST_BARS = { text: 10, image: 8, sequence: 13, table: 99 };
  const state = { place: 0, first: "", second: "", layer: 0, head: 0, token: 0 };
  const control = (name) => root.querySelector(`[name=${name}]`);
  let data, shown, curves;

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream);
  }

  // Words, numbers and elements.
  const HAN = /[\u4e00-\u9fff]/;
  const LATIN = /[A-Za-z0-9]/;
  // Chinese is set apart from Latin letters and digits, as in the rest of the page.
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (place, name, at) => {
    const value = String(values[name]);
    const gap = (outside, inside) => HAN.test(outside || "") && LATIN.test(inside || "") ? " " : "";
    return gap(text[at - 1], value[0]) + value + gap(text[at + place.length], value.at(-1));
  });
  function number(value, digits = 2) {
    if (value === null || value === undefined) return "–";
    const text = value.toLocaleString("en-US", {
      minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: true,
    });
    return (/[1-9]/.test(text) ? text : text.replace("-", "")).replace("-", "−");
  }
  function signed(value, digits = 2) {
    const text = number(value, digits);
    return value > 0 && /[1-9]/.test(text) ? "+" + text : text;
  }
  const amount = (method, value, digits = 2) =>
    method === "rollout" ? number(value, digits) : signed(value, digits);
  const title = (method) => data.methods.find((one) => one.name === method).title;
  function make(tag, attributes = {}, ...children) {
    const drawn = ["svg", "rect", "text", "g", "title"].includes(tag) && attributes.svg !== 0;
    const element = drawn
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "style") {
        for (const [key, own] of Object.entries(value)) element.style.setProperty(key, own);
      } else if (value !== null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }
  const figure = (caption, ...children) =>
    make("figure", {}, make("figcaption", {}, caption), ...children);

  // How a contribution looks: sign by line and mark, strength by tint.
  const largest = (values) => Math.max(...values.map(Math.abs), 0);
  function shade(method, value, most) {
    const strength = most > 0 ? Math.abs(value) / most : 0;
    const kind = method === "rollout" ? "share" : value > 0 ? "plus" : "minus";
    return { kind: strength < FAINTEST ? "none" : kind, alpha: (STRONGEST * strength).toFixed(3) };
  }

  function text(one, method) {
    const values = one.values[method];
    const most = largest(values);
    const box = make("p", { class: "text" });
    for (const [piece, player] of one.pieces) {
      if (player === null) box.append(piece);
      else {
        const { kind, alpha } = shade(method, values[player], most);
        const label = `${piece.trim()}: ${amount(method, values[player])}`;
        const look = kind === "none" ? { class: "p" } : { class: `p w ${kind}`, style: { "--a": alpha } };
        box.append(make("span", { ...look, "data-label": label, "data-player": player }, piece));
      }
    }
    return box;
  }

  function image(one, label, patches) {
    const side = Math.round(Math.sqrt(one.pixels.length));
    const grid = Math.round(Math.sqrt(patches.length));
    const size = side / grid;
    const svg = make("svg", {
      class: "image", role: "img", "aria-label": label,
      viewBox: `-0.05 -0.05 ${side + 0.1} ${side + 0.1}`,
    });
    const at = (i) => ({ x: size * (i % grid), y: size * Math.floor(i / grid), width: size, height: size });
    patches.forEach(({ kind, alpha }, i) =>
      svg.append(make("rect", { class: `patch ${kind}`, style: { "--a": alpha }, ...at(i) })));
    one.pixels.forEach((value, i) => {
      if (value > 0) svg.append(make("rect", {
        class: "pixel", x: (i % side) + 0.1, y: Math.floor(i / side) + 0.1,
        width: 0.8, height: 0.8, opacity: (0.8 * value).toFixed(3),
      }));
    });
    patches.forEach(({ label: own, mark }, i) => {
      const box = at(i);
      const group = make("g", { "data-player": i, "data-label": own });
      group.append(make("rect", { class: "edge", ...box }));
      if (mark) group.append(make("text", { x: box.x + size / 2, y: box.y + size - 0.14 }, mark));
      svg.append(group);
    });
    return svg;
  }
  function patches(one, method) {
    const values = one.values[method];
    const most = largest(values);
    return values.map((value, i) => ({
      ...shade(method, value, most),
      mark: amount(method, value, most < 10 ? 2 : 1),
      label: `${one.players[i]}: ${amount(method, value)}`,
    }));
  }
  // Shares of attention, or activations, on the patches of an image.
  function tinted(one, weights, digits = 2) {
    const most = largest(weights);
    return weights.map((weight, i) => ({
      kind: "share", alpha: most > 0 ? (0.55 * weight / most).toFixed(3) : 0, mark: "",
      label: `${one.players[i]}: ${number(weight, digits)}`,
    }));
  }

  // Bars with whiskers, all on one scale.
  function scale(values) {
    const low = Math.min(0, ...values), high = Math.max(0, ...values);
    const width = Math.max(high - low, 1e-12);
    const at = (value) => 100 * (value - low) / width;
    return { at, span: (a, b) => ({
      left: `${at(Math.min(a, b))}%`, width: `${at(Math.max(a, b)) - at(Math.min(a, b))}%` }) };
  }
  const reach = (one, method, player) =>
    NORMAL_95 * ((one.errors[method] || [])[player] || 0);
  function cells(own, method, value, error, start = 0) {
    const kind = method === "rollout" ? "share" : value >= 0 ? "plus" : "minus";
    const track = make("div", {},
      make("i", { class: "zero", style: { left: `${own.at(start)}%` } }),
      make("i", { class: `bar ${kind}`, style: own.span(start, start + value) }));
    if (error) track.append(make("i", {
      class: "error", style: own.span(start + value - error, start + value + error) }));
    const written = make("td", { class: "number" }, amount(method, value));
    if (error) written.append(" ", make("small", {}, `± ${number(error)}`));
    return [make("td", { class: "track", "data-method": title(method) }, track), written];
  }
  function named(one, player) {
    const film = one.films && one.films[player];
    const more = film ? [film.year, film.genres].filter(Boolean).join(" · ") : "";
    const name = film && film.title ? film.title : one.players[player];
    return make("th", { scope: "row" }, name, more ? make("small", { class: "more" }, more) : null);
  }
  function table(headings, rows) {
    const head = make("tr", {}, make("th", { scope: "col" }, words[`player.${data.kind}`]));
    for (const heading of headings) head.append(make("th", { scope: "col", colspan: 2 }, heading));
    return make("table", { class: "bars" }, make("thead", {}, head), make("tbody", {}, ...rows));
  }
  function bars(one, methods) {
    const relative = methods.map((method) => {
      const most = largest(one.values[method]) || 1;
      return one.values[method].map((value) => Math.abs(value) / most);
    });
    const strength = one.players.map((_, i) => Math.max(...relative.map((own) => own[i])));
    let kept = one.players.map((_, i) => i).sort((a, b) => strength[b] - strength[a]);
    kept = kept.slice(0, MOST_BARS[data.kind]);
    if (data.kind === "sequence") kept.sort((a, b) => a - b);
    else kept.sort((a, b) => relative[0][b] - relative[0][a]);
    // Rollout is a share of attention: it has a scale of its own.
    const scales = methods.map((method) => scale(
      methods.filter((other) => (other === "rollout") === (method === "rollout")).flatMap((other) =>
        kept.flatMap((i) => [-1, 1].map((side) =>
          one.values[other][i] + side * reach(one, other, i))))));
    const rows = [];
    let before = -1;
    const gap = (n) => {
      if (data.kind === "sequence" && n > 0) rows.push(make("tr", { class: "gap" }, make("td", {
        colspan: 1 + 2 * methods.length }, fill(words.more_films, { n }))));
    };
    for (const player of kept) {
      gap(player - before - 1);
      before = player;
      rows.push(make("tr", {}, named(one, player), ...methods.flatMap((method, k) =>
        cells(scales[k], method, one.values[method][player], reach(one, method, player)))));
    }
    gap(one.players.length - 1 - before);
    return table(methods.map(title), rows);
  }
  function waterfall(one, method, beside) {
    const values = one.values[method];
    const order = values.map((_, i) => i).sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
    const heights = [one.base];
    for (const i of order) heights.push(heights[heights.length - 1] + values[i]);
    const rest = one.full - heights[heights.length - 1];
    const ends = [...heights, one.full, ...order.flatMap((i, k) =>
      [-1, 1].map((side) => heights[k + 1] + side * reach(one, method, i)))];
    const low = Math.min(...ends), width = Math.max(Math.max(...ends) - low, 1e-12);
    const at = (value) => 100 * (value - low) / width;
    const own = { at, span: (a, b) => ({
      left: `${at(Math.min(a, b))}%`, width: `${at(Math.max(a, b)) - at(Math.min(a, b))}%` }) };
    const other = beside && scale(one.values[beside].flatMap((value, i) =>
      [-1, 1].map((side) => value + side * reach(one, beside, i))));
    const empty = () => beside ? [make("td", { class: "empty" }), make("td", { class: "empty" })] : [];
    const total = (name, value) => make("tr", { class: "total" }, make("th", { scope: "row" }, name),
      make("td", { class: "track", "data-method": title(method) }, make("div", {},
        make("i", { class: "mark", style: { left: `${at(value)}%` } }))),
      make("td", { class: "number" }, signed(value)), ...empty());
    const rows = [total(words.start_form, one.base)];
    order.forEach((player, k) => rows.push(make("tr", {}, named(one, player),
      ...cells(own, method, values[player], reach(one, method, player), heights[k]),
      ...(beside ? cells(other, beside, one.values[beside][player], reach(one, beside, player)) : []))));
    if (Math.abs(rest) > 0.005) rows.push(make("tr", {}, make("th", { scope: "row" }, words.rest),
      ...cells(own, method, rest, 0, heights[heights.length - 1]), ...empty()));
    rows.push(total(words.end_form, one.full));
    return table([method, beside].filter(Boolean).map(title), rows);
  }
  // What an attribution does: of log-odds the change of the odds in percent.
  function effect(value, target) {
    if (data.value !== "log_odds") return fill(words["effect.units"], { target, effect: signed(value) });
    const percent = 100 * Math.abs(Math.expm1(value));
    const digits = value < 0 && percent > 99 ? 2 : percent < 10 ? 1 : 0;
    // Odds never fall by all of 100%.
    const shown = value < 0 ? Math.min(percent, 99.99) : percent;
    return fill(words[value < 0 ? "effect.lowers" : "effect.raises"], { target, effect: number(shown, digits) });
  }
  function reasons(one, method) {
    const values = one.values[method];
    const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a]);
    const line = (player) => {
      const { field, value, place, share } = one.fields[player];
      const where = place ? fill(words[`place.${place}`], { share: number(100 * share, 0) }) : "";
      return make("li", {}, make("b", {}, `${field}: ${value}`), where ? fill(words.where, { place: where }) : "",
        words.then, effect(values[player], one.target));
    };
    const some = (players) => make("ol", { class: "reasons" }, ...players.map(line));
    const before = order.filter((i) => values[i] > 0).slice(0, 4);
    const against = order.filter((i) => values[i] < 0).reverse().slice(0, 2);
    return make("div", { class: "grid" },
      figure(fill(words.reasons_for, { target: one.target }), before.length ? some(before) : words.none),
      figure(fill(words.reasons_against, { target: one.target }), against.length ? some(against) : words.none));
  }

  // What the page says of the instance.
  function heading(one) {
    const name = fill(words.instance, { split: words[`split.${one.split}`], n: one.instance });
    return make("h3", {}, name, " ", make("span", {
      class: `verdict ${one.right ? "transformer" : "baseline"}` }, words[one.right ? "right" : "wrong"]));
  }
  function told(one) {
    const odds = data.value === "log_odds";
    const probability = (value) => number(1 / (1 + Math.exp(-value)));
    const facts = { ...one, probability: number(one.probability), base: signed(one.base), full: signed(one.full),
      n: number(one.rank, 0), candidates: number(one.candidates, 0), value: words[`value.${data.value}`],
      base_probability: probability(one.base), full_probability: probability(one.full),
      nothing: words[`nothing.${data.kind}`], players: words[`players.${data.kind}`] };
    const kind = one.rank === undefined ? "class" : one.in_vocabulary ? "film" : "unknown";
    const genres = one.recommended && one.recommended.genres;
    return make("p", {}, fill(words[`told.${kind}`], facts) + words.between,
      genres ? fill(words.genres, { genres }) + words.between : "",
      fill(words[odds ? "decision.odds" : "decision.value"], facts));
  }
  function checks(one, methods) {
    const said = [];
    const { local_r2: r2, stability_top5: stable } = one.diagnostics;
    if (methods.includes("lime") && r2 !== undefined) {
      said.push(fill(words.r2, { r2: number(r2) }));
      if (stable !== undefined && stable !== null) said.push(fill(words.stable, { share: number(100 * stable, 0) }));
    }
    for (const method of methods.filter((name) => ["shap", "integrated_gradients"].includes(name))) {
      const gap = one.full - one.base - one.values[method].reduce((sum, value) => sum + value, 0);
      said.push(fill(words.gap, { method: title(method), gap: number(Math.abs(gap)) }));
    }
    return said.length ? make("p", { class: "note" }, said.join(words.between)) : null;
  }

  // Attention: a grid of heads, and where a chosen token looks.
  async function weights(packed) {
    const buffer = await (await unpack(packed.bytes)).arrayBuffer();
    return new Uint8Array(buffer);
  }
  function cut(array, shape, ...index) {
    const size = shape.slice(index.length).reduce((product, n) => product * n, 1);
    let start = 0;
    index.forEach((i, k) => { start = start * shape[k] + i; });
    return array.subarray(start * size, (start + 1) * size);
  }
  const weight = (level) => (level / 255) ** 2;
  function heat(levels, tokens, most) {
    const canvas = make("canvas", { width: tokens, height: tokens, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(tokens, tokens);
    levels.forEach((level, i) => {
      const share = level / most;
      pixels.data.set([
        Math.round(247 - 209 * share), Math.round(246 - 200 * share), Math.round(243 - 113 * share), 255,
      ], 4 * i);
    });
    context.putImageData(pixels, 0, 0);
    return canvas;
  }
  async function attention(one) {
    const box = root.querySelector(".attention");
    box.replaceChildren();
    if (!one.attention) {
      box.append(make("p", { class: "note" }, words.no_map));
      return;
    }
    const maps = await weights(one.attention);
    if (one !== shown) return;
    const [layers, heads, tokens] = one.attention.shape;
    state.layer = Math.min(state.layer, layers - 1);
    state.head = Math.min(state.head, heads - 1);
    state.token = Math.min(state.token, tokens - 1);
    const names = [words.start_token, ...one.players];
    const most = maps.reduce((a, b) => Math.max(a, b), 1);
    const grid = make("div", { class: "heads-grid", style: { "--heads": heads } });
    for (let layer = 0; layer < layers; layer += 1) {
      for (let head = 0; head < heads; head += 1) {
        const label = fill(words.head_of_layer, { layer: layer + 1, head: head + 1 });
        const own = cut(maps, one.attention.shape, layer, head);
        const button = make("button", { type: "button", "aria-label": label, "data-head": `${layer}-${head}` });
        button.append(heat(own, tokens, most));
        if (data.kind === "image") {
          const received = Array.from({ length: tokens - 1 }, (_, j) => {
            let sum = 0;
            for (let i = 0; i < tokens; i += 1) sum += weight(own[i * tokens + j + 1]);
            return sum / tokens;
          });
          button.append(image(one, fill(words.received, { head: label }), tinted(one, received)));
        }
        // Of many heads only the numbers have room; a pointer and a screen reader meet the words.
        button.title = label;
        button.append(make("span", {}, heads > MOST_NAMED_HEADS ? `${layer + 1}.${head + 1}` : label));
        button.addEventListener("click", () => { state.layer = layer; state.head = head; look(); });
        grid.append(button);
      }
    }
    const line = tokensOf(one, names);
    const said = make("p", { class: "note", "aria-live": "polite" });
    const look = () => {
      control("layer").value = state.layer;
      control("head").value = state.head;
      for (const button of grid.children) {
        button.setAttribute("aria-pressed", button.dataset.head === `${state.layer}-${state.head}`);
      }
      const row = cut(maps, one.attention.shape, state.layer, state.head, state.token);
      const own = Array.from(row, weight);
      const top = Math.max(...own, 1e-12);
      line.querySelectorAll("[data-token]").forEach((item) => {
        const i = Number(item.dataset.token);
        item.style.setProperty("--a", (0.55 * own[i] / top).toFixed(3));
        item.dataset.label = `${names[i]}: ${number(own[i])}`;
        item.classList.toggle("from", i === state.token);
        item.setAttribute("aria-selected", i === state.token);
      });
      line.setAttribute("aria-activedescendant", `token-${state.token}`);
      const best = own.map((_, i) => i).sort((a, b) => own[b] - own[a]).slice(0, 4);
      said.textContent = fill(words.looks, {
        token: names[state.token],
        where: best.map((i) => `${names[i]} ${number(own[i])}`).join(words.comma),
        head: fill(words.head_of_layer, { layer: state.layer + 1, head: state.head + 1 }),
      });
    };
    const choose = (event) => {
      const item = event.target.closest("[data-token]");
      if (item) { state.token = Number(item.dataset.token); look(); }
    };
    line.addEventListener("mouseover", choose);
    line.addEventListener("click", choose);
    line.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      state.token = (state.token + step + tokens) % tokens;
      look();
    });
    box.append(make("div", { class: "grid attention-grid" },
      figure(words.heads, grid), figure(words.tokens, line, said)));
    look();
    box.look = look;
  }
  function tokensOf(one, names) {
    const line = make("div", {
      class: `tokens ${data.kind}`, role: "listbox", tabindex: 0, "aria-label": words.tokens });
    const token = (i, ...content) => make("span", {
      role: "option", id: `token-${i}`, "data-token": i, class: "token" }, ...content);
    if (data.kind === "text") {
      line.append(token(0, names[0]), " ");
      for (const [piece, player] of one.pieces) {
        line.append(player === null ? piece : token(player + 1, piece));
      }
    } else if (data.kind === "image") {
      const side = Math.round(Math.sqrt(one.pixels.length));
      const grid = Math.round(Math.sqrt(one.players.length));
      const size = side / grid;
      line.style.setProperty("--grid", grid);
      line.append(token(0, names[0]));
      one.players.forEach((name, i) => {
        const x = size * (i % grid), y = size * Math.floor(i / grid);
        const part = make("svg", { viewBox: `${x} ${y} ${size} ${size}`, "aria-label": name, role: "img" });
        one.pixels.forEach((value, k) => {
          const px = k % side, py = Math.floor(k / side);
          if (value > 0 && px >= x && px < x + size && py >= y && py < y + size) part.append(make("rect", {
            class: "pixel", x: px + 0.1, y: py + 0.1, width: 0.8, height: 0.8, opacity: (0.8 * value).toFixed(3) }));
        });
        line.append(token(i + 1, part));
      });
    } else names.forEach((name, i) => line.append(token(i, name)));
    return line;
  }
  async function units(one) {
    const box = root.querySelector(".units");
    box.replaceChildren();
    if (data.kind !== "image" || !one.units) return;
    const levels = await weights(one.units);
    if (one !== shown) return;
    const [layers, count, tokens] = one.units.shape;
    const grid = make("div", { class: "units-grid" });
    for (let layer = 0; layer < layers; layer += 1) {
      for (let unit = 0; unit < count; unit += 1) {
        const own = Array.from(cut(levels, one.units.shape, layer, unit)).slice(1).map((level) => level / 255);
        const label = fill(words.unit, { layer: layer + 1, unit: data.units[layer][unit] });
        grid.append(make("div", {}, image(one, label, tinted(one, own)), make("span", {}, label)));
      }
    }
    box.append(figure(words.units, grid));
  }

  // Whose order of players changes the output of this instance fastest.
  function fastest(kind, areas) {
    if (areas.length < 2) return words[kind];
    const [[method, value], [next, other]] = areas;
    return fill(words[`${kind}_found`], {
      method: title(method), value: number(value, 3), next: title(next), other: number(other, 3),
    });
  }

  // Deletion and insertion curves, drawn once and then given other data.
  async function drawCurves(one) {
    const points = (kind) => Object.entries(one.curves[kind] || {}).flatMap(([method, pairs]) =>
      pairs.map(([share, value]) => ({ title: title(method), share, value })));
    for (const chart of root.querySelectorAll(".curve")) {
      chart.previousElementSibling.textContent = fastest(chart.dataset.curve, one.areas[chart.dataset.curve] || []);
    }
    curves ??= Promise.all([...root.querySelectorAll(".curve")].map(async (chart) => {
      const spec = JSON.parse(chart.nextElementSibling.textContent);
      spec.datasets = { points: points(chart.dataset.curve) };
      const { view } = await vegaEmbed(chart, spec, chartOptions);
      return { kind: chart.dataset.curve, view };
    }));
    for (const { kind, view } of await curves) {
      view.data("points", points(kind));
      await view.runAsync();
    }
  }

  function show() {
    const one = (shown = data.instances[state.place]);
    const methods = [...new Set([state.first, state.second].filter((name) => name in one.values))];
    const panels = methods.map((method) => data.kind === "text"
      ? figure(fill(words.by_method, { method: title(method) }), text(one, method))
      : data.kind === "image"
        ? figure(fill(words.by_method, { method: title(method) }), image(one, title(method), patches(one, method)))
        : null).filter(Boolean);
    const view = root.querySelector(".view");
    view.replaceChildren(heading(one), told(one));
    if (panels.length) view.append(make("div", { class: `grid ${data.kind}s` }, ...panels));
    if (data.kind === "table") {
      const additive = ["shap", "integrated_gradients", "gradient"].find((name) => methods.includes(name));
      if (additive) {
        const beside = methods.find((name) => name !== additive);
        view.append(reasons(one, additive), figure(fill(words.waterfall, { method: title(additive) }), waterfall(one, additive, beside)));
      } else view.append(reasons(one, methods[0]), figure(words["bars.table"], bars(one, methods)));
    } else view.append(figure(words[`bars.${data.kind}`], bars(one, methods)));
    const note = checks(one, methods);
    if (note) view.append(note);
    return Promise.all([attention(one), units(one), drawCurves(one)]);
  }

  // Controls.
  const matching = () => data.instances.map((_, i) => i).filter((i) => {
    const one = data.instances[i];
    return { all: true, rule: one.rule, right: one.right, wrong: !one.right }[control("which").value];
  });
  function list() {
    const select = control("instance");
    const groups = {};
    for (const i of matching()) {
      const one = data.instances[i];
      const name = `${one.instance} · ${one.predicted}` + (one.right ? "" : ` (${words.wrong})`);
      (groups[one.split] ??= []).push(make("option", { value: i }, name));
    }
    select.replaceChildren(...Object.entries(groups).map(([split, options]) =>
      make("optgroup", { label: words[`split.${split}`] }, ...options)));
    if (!matching().includes(state.place) && matching().length) state.place = matching()[0];
    select.value = state.place;
  }
  function step(by) {
    const places = [...control("instance").querySelectorAll("option")].map((option) => Number(option.value));
    if (!places.length) return;
    const at = places.indexOf(state.place);
    state.place = places[(at + by + places.length) % places.length];
    control("instance").value = state.place;
    show();
  }
  function fromAddress() {
    const found = data.instances.findIndex((one) => `#${one.split}-${one.instance}` === location.hash);
    if (found < 0) return false;
    control("which").value = "all";
    state.place = found;
    list();
    return true;
  }

  const tip = make("div", { id: "tip", role: "tooltip", hidden: "" });
  document.body.append(tip);
  root.addEventListener("mousemove", (event) => {
    const item = event.target.closest("[data-label]");
    tip.hidden = !item;
    if (!item) return;
    tip.textContent = item.dataset.label;
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    tip.style.left = `${left}px`;
    tip.style.top = `${event.clientY + 18}px`;
  });
  root.addEventListener("mouseleave", () => { tip.hidden = true; });

  async function start() {
    data = await (await unpack(document.getElementById("instances").textContent)).json();
    const some = data.methods.map((one) => one.name);
    const preferred = ["shap", "lime", ...some].filter((name) => some.includes(name));
    state.first = preferred[0];
    state.second = preferred.find((name) => name !== state.first) || "";
    for (const [name, chosen] of [["first", state.first], ["second", state.second]]) {
      control(name).append(...data.methods.map((one) => make("option", { value: one.name }, one.title)));
      if (name === "second") control(name).prepend(make("option", { value: "" }, words.none_beside));
      control(name).value = chosen;
      control(name).addEventListener("change", () => { state[name] = control(name).value; show(); });
    }
    const shape = (data.instances.find((one) => one.attention) || { attention: { shape: [0, 0] } }).attention.shape;
    ["layer", "head"].forEach((name, k) => {
      const numbers = Array.from({ length: shape[k] }, (_, i) => make("option", { value: i }, String(i + 1)));
      control(name).append(...numbers);
      control(name).addEventListener("change", () => {
        state[name] = Number(control(name).value);
        const box = root.querySelector(".attention");
        if (box.look) box.look();
      });
    });
    control("which").addEventListener("change", () => { list(); show(); });
    control("instance").addEventListener("change", () => { state.place = Number(control("instance").value); show(); });
    control("previous").addEventListener("click", () => step(-1));
    control("next").addEventListener("click", () => step(1));
    root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", () => { if (fromAddress()) show(); });
    if (!fromAddress()) list();
    await show();
    root.dataset.ready = "true";
  }
  start().catch((error) => {
    root.querySelector(".view").textContent = words.undrawn + " " + error.message;
    console.error(error);
  });
})();
