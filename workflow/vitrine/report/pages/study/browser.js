// The explanations browser of a study's page: one instance at a time, from the packed data.
(() => {
  const root = document.getElementById("browser");
  const NORMAL_95 = 1.96;
  const FAINTEST = 0.06;
  const STRONGEST = 0.55;
  const MOST_NAMED_HEADS = 6;
  const MOST_BARS = { words: 10, patches: 8, history: 13, fields: 99 };
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
  // What the page states of a method: its title, and how its values are to be shown.
  const traits = (name) => data.methods.find((method) => method.name === name);
  const title = (method) => traits(method).title;
  const amount = (method, value, digits = 2) =>
    traits(method).signed ? signed(value, digits) : number(value, digits);
  function make(tag, attributes = {}, ...children) {
    const drawn = ["svg", "rect", "text", "g", "title"].includes(tag) && attributes.svg !== 0;
    const element = drawn
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "style") {
        for (const [key, setting] of Object.entries(value)) element.style.setProperty(key, setting);
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
    const kind = !traits(method).signed ? "share" : value > 0 ? "plus" : "minus";
    return { kind: strength < FAINTEST ? "none" : kind, alpha: (STRONGEST * strength).toFixed(3) };
  }

  function text(instance, method) {
    const values = instance.values[method];
    const most = largest(values);
    const box = make("p", { class: "text" });
    for (const [piece, player] of instance.pieces) {
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

  function image(instance, label, patches) {
    const side = Math.round(Math.sqrt(instance.pixels.length));
    const grid = Math.round(Math.sqrt(patches.length));
    const size = side / grid;
    const svg = make("svg", {
      class: "image", role: "img", "aria-label": label,
      viewBox: `-0.05 -0.05 ${side + 0.1} ${side + 0.1}`,
    });
    const at = (i) => ({ x: size * (i % grid), y: size * Math.floor(i / grid), width: size, height: size });
    patches.forEach(({ kind, alpha }, i) =>
      svg.append(make("rect", { class: `patch ${kind}`, style: { "--a": alpha }, ...at(i) })));
    instance.pixels.forEach((value, i) => {
      if (value > 0) svg.append(make("rect", {
        class: "pixel", x: (i % side) + 0.1, y: Math.floor(i / side) + 0.1,
        width: 0.8, height: 0.8, opacity: (0.8 * value).toFixed(3),
      }));
    });
    patches.forEach(({ label: name, mark }, i) => {
      const box = at(i);
      const group = make("g", { "data-player": i, "data-label": name });
      group.append(make("rect", { class: "edge", ...box }));
      if (mark) group.append(make("text", { x: box.x + size / 2, y: box.y + size - 0.14 }, mark));
      svg.append(group);
    });
    return svg;
  }
  function patches(instance, method) {
    const values = instance.values[method];
    const most = largest(values);
    return values.map((value, i) => ({
      ...shade(method, value, most),
      mark: amount(method, value, most < 10 ? 2 : 1),
      label: `${instance.players[i]}: ${amount(method, value)}`,
    }));
  }
  // Shares of attention, or activations, on the patches of an image.
  function tinted(instance, weights, digits = 2) {
    const most = largest(weights);
    return weights.map((weight, i) => ({
      kind: "share", alpha: most > 0 ? (STRONGEST * weight / most).toFixed(3) : 0, mark: "",
      label: `${instance.players[i]}: ${number(weight, digits)}`,
    }));
  }

  // Bars with whiskers, all on one scale.
  function scale(values) {
    const low = Math.min(...values), width = Math.max(Math.max(...values) - low, 1e-12);
    const at = (value) => 100 * (value - low) / width;
    return { at, span: (a, b) => ({
      left: `${at(Math.min(a, b))}%`, width: `${at(Math.max(a, b)) - at(Math.min(a, b))}%` }) };
  }
  const reach = (instance, method, player) =>
    NORMAL_95 * ((instance.errors[method] || [])[player] || 0);
  const scaleFromZero = (values) => scale([0, ...values]);
  function cells(axis, method, value, error, start = 0) {
    const kind = !traits(method).signed ? "share" : value >= 0 ? "plus" : "minus";
    const track = make("div", {},
      make("i", { class: "zero", style: { left: `${axis.at(start)}%` } }),
      make("i", { class: `bar ${kind}`, style: axis.span(start, start + value) }));
    if (error) track.append(make("i", {
      class: "error", style: axis.span(start + value - error, start + value + error) }));
    const written = make("td", { class: "number" }, amount(method, value));
    if (error) written.append(" ", make("small", {}, `± ${number(error)}`));
    return [make("td", { class: "track", "data-method": title(method) }, track), written];
  }
  function named(instance, player) {
    const film = instance.films && instance.films[player];
    const more = film ? [film.year, film.genres].filter(Boolean).join(" · ") : "";
    const name = film && film.title ? film.title : instance.players[player];
    return make("th", { scope: "row" }, name, more ? make("small", { class: "more" }, more) : null);
  }
  function table(headings, rows) {
    const head = make("tr", {}, make("th", { scope: "col" }, words[`player.${data.kind}`]));
    for (const heading of headings) head.append(make("th", { scope: "col", colspan: 2 }, heading));
    return make("table", { class: "bars" }, make("thead", {}, head), make("tbody", {}, ...rows));
  }
  function bars(instance, methods) {
    const relative = methods.map((method) => {
      const most = largest(instance.values[method]) || 1;
      return instance.values[method].map((value) => Math.abs(value) / most);
    });
    const strength = instance.players.map((_, i) => Math.max(...relative.map((values) => values[i])));
    let leading = instance.players.map((_, i) => i).sort((a, b) => strength[b] - strength[a]);
    leading = leading.slice(0, MOST_BARS[data.panel]);
    if (data.panel === "history") leading.sort((a, b) => a - b);
    else leading.sort((a, b) => relative[0][b] - relative[0][a]);
    // Values in units of their own, such as shares of attention, have a scale of their own.
    const scales = methods.map((method) => scaleFromZero(
      methods.filter((other) => traits(other).own_units === traits(method).own_units).flatMap((other) =>
        leading.flatMap((i) => [-1, 1].map((side) =>
          instance.values[other][i] + side * reach(instance, other, i))))));
    const rows = [];
    let before = -1;
    const gap = (n) => {
      if (data.panel === "history" && n > 0) rows.push(make("tr", { class: "gap" }, make("td", {
        colspan: 1 + 2 * methods.length }, fill(words.more_films, { n }))));
    };
    for (const player of leading) {
      gap(player - before - 1);
      before = player;
      rows.push(make("tr", {}, named(instance, player), ...methods.flatMap((method, k) =>
        cells(scales[k], method, instance.values[method][player], reach(instance, method, player)))));
    }
    gap(instance.players.length - 1 - before);
    return table(methods.map(title), rows);
  }
  function waterfall(instance, method, beside) {
    const values = instance.values[method];
    const order = values.map((_, i) => i).sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
    const heights = [instance.base];
    for (const i of order) heights.push(heights[heights.length - 1] + values[i]);
    const rest = instance.full - heights[heights.length - 1];
    const ends = [...heights, instance.full, ...order.flatMap((i, k) =>
      [-1, 1].map((side) => heights[k + 1] + side * reach(instance, method, i)))];
    const axis = scale(ends);
    const other = beside && scaleFromZero(instance.values[beside].flatMap((value, i) =>
      [-1, 1].map((side) => value + side * reach(instance, beside, i))));
    const empty = () => beside ? [make("td", { class: "empty" }), make("td", { class: "empty" })] : [];
    const total = (name, value) => make("tr", { class: "total" }, make("th", { scope: "row" }, name),
      make("td", { class: "track", "data-method": title(method) }, make("div", {},
        make("i", { class: "mark", style: { left: `${axis.at(value)}%` } }))),
      make("td", { class: "number" }, signed(value)), ...empty());
    const rows = [total(words.start_form, instance.base)];
    order.forEach((player, k) => rows.push(make("tr", {}, named(instance, player),
      ...cells(axis, method, values[player], reach(instance, method, player), heights[k]),
      ...(beside ? cells(other, beside, instance.values[beside][player], reach(instance, beside, player)) : []))));
    if (Math.abs(rest) > 0.005) rows.push(make("tr", {}, make("th", { scope: "row" }, words.rest),
      ...cells(axis, method, rest, 0, heights[heights.length - 1]), ...empty()));
    rows.push(total(words.end_form, instance.full));
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
  function reasons(instance, methods) {
    // Only methods in units of the output that their validation does not refute.
    const able = data.methods.filter((one) => one.reasons && methods.includes(one.name)).map((one) => one.name);
    const method = able.includes(inSteps(able)) ? inSteps(able) : able[0];
    if (!method) return make("p", { class: "note" }, words.no_reasons);
    const values = instance.values[method];
    const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a]);
    const line = (player) => {
      const { field, value, place, share } = instance.fields[player];
      const where = place ? fill(words[`place.${place}`], { share: number(100 * share, 0) }) : "";
      return make("li", {}, make("b", {}, `${field}: ${value}`), where ? fill(words.where, { place: where }) : "",
        words.then, effect(values[player], instance.target));
    };
    const list = (players) => make("ol", { class: "reasons" }, ...players.map(line));
    const reasonsFor = order.filter((i) => values[i] > 0).slice(0, 4);
    const against = order.filter((i) => values[i] < 0).reverse().slice(0, 2);
    return make("div", { class: "grid" },
      figure(fill(words.reasons_for, { target: instance.target, method: title(method) }), reasonsFor.length ? list(reasonsFor) : words.none),
      figure(fill(words.reasons_against, { target: instance.target, method: title(method) }), against.length ? list(against) : words.none));
  }

  // What the page says of the instance.
  function heading(instance) {
    const name = fill(words.instance, { split: words[`split.${instance.split}`], n: instance.instance });
    return make("h3", {}, name, " ", make("span", {
      class: `verdict ${instance.right ? "transformer" : "baseline"}` }, words[instance.right ? "right" : "wrong"]));
  }
  function prediction(instance) {
    const odds = data.value === "log_odds";
    const probability = (value) => number(1 / (1 + Math.exp(-value)));
    const facts = { ...instance, probability: number(instance.probability), base: signed(instance.base), full: signed(instance.full),
      n: number(instance.rank, 0), candidates: number(instance.candidates, 0), value: words[`value.${data.value}`],
      base_probability: probability(instance.base), full_probability: probability(instance.full),
      nothing: words[`nothing.${data.kind}`], players: words[`players.${data.kind}`] };
    const kind = instance.rank === undefined ? "class" : instance.in_vocabulary ? "film" : "unknown";
    const genres = instance.recommended && instance.recommended.genres;
    return make("p", {}, fill(words[`prediction.${kind}`], facts) + words.between,
      genres ? fill(words.genres, { genres }) + words.between : "",
      fill(words[odds ? "decision.odds" : "decision.value"], facts));
  }
  // How well the methods explain this instance: their diagnostics, and what they leave over.
  function checks(instance, methods) {
    const sentences = [];
    for (const method of methods) {
      for (const [name, value] of Object.entries(instance.diagnostics[method] || {})) {
        if (value !== null) sentences.push(fill(words[`diagnostic.${name}`], {
          method: title(method), value: number(value), share: number(100 * value, 0) }));
      }
    }
    for (const method of methods.filter((name) => traits(name).additive)) {
      const gap = instance.full - instance.base - instance.values[method].reduce((sum, value) => sum + value, 0);
      sentences.push(fill(words.gap, { method: title(method), gap: number(Math.abs(gap)) }));
    }
    return sentences.length ? make("p", { class: "note" }, sentences.join(words.between)) : null;
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
  async function attention(instance) {
    const box = root.querySelector(".attention");
    box.replaceChildren();
    if (!instance.attention) {
      box.append(make("p", { class: "note" }, words.no_map));
      return;
    }
    const maps = await weights(instance.attention);
    if (instance !== shown) return;
    const [layers, heads, tokens] = instance.attention.shape;
    state.layer = Math.min(state.layer, layers - 1);
    state.head = Math.min(state.head, heads - 1);
    state.token = Math.min(state.token, tokens - 1);
    const names = [words.start_token, ...instance.players];
    const most = maps.reduce((a, b) => Math.max(a, b), 1);
    const grid = make("div", { class: "heads-grid", style: { "--heads": heads } });
    for (let layer = 0; layer < layers; layer += 1) {
      for (let head = 0; head < heads; head += 1) {
        const label = fill(words.head_of_layer, { layer: layer + 1, head: head + 1 });
        const levels = cut(maps, instance.attention.shape, layer, head);
        const button = make("button", { type: "button", "aria-label": label, "data-head": `${layer}-${head}` });
        button.append(heat(levels, tokens, most));
        if (data.panel === "patches") {
          const received = Array.from({ length: tokens - 1 }, (_, j) => {
            let sum = 0;
            for (let i = 0; i < tokens; i += 1) sum += weight(levels[i * tokens + j + 1]);
            return sum / tokens;
          });
          button.append(image(instance, fill(words.received, { head: label }), tinted(instance, received)));
        }
        // Of many heads only the numbers have room; a pointer and a screen reader meet the words.
        button.title = label;
        button.append(make("span", {}, heads > MOST_NAMED_HEADS ? `${layer + 1}.${head + 1}` : label));
        button.addEventListener("click", () => { state.layer = layer; state.head = head; look(); });
        grid.append(button);
      }
    }
    const line = tokensOf(instance, names);
    const sentence = make("p", { class: "note", "aria-live": "polite" });
    const look = () => {
      control("layer").value = state.layer;
      control("head").value = state.head;
      for (const button of grid.children) {
        button.setAttribute("aria-pressed", button.dataset.head === `${state.layer}-${state.head}`);
      }
      const row = cut(maps, instance.attention.shape, state.layer, state.head, state.token);
      const shares = Array.from(row, weight);
      const top = Math.max(...shares, 1e-12);
      line.querySelectorAll("[data-token]").forEach((item) => {
        const i = Number(item.dataset.token);
        item.style.setProperty("--a", (STRONGEST * shares[i] / top).toFixed(3));
        item.dataset.label = `${names[i]}: ${number(shares[i])}`;
        item.classList.toggle("from", i === state.token);
        item.setAttribute("aria-selected", i === state.token);
      });
      line.setAttribute("aria-activedescendant", `token-${state.token}`);
      const best = shares.map((_, i) => i).sort((a, b) => shares[b] - shares[a]).slice(0, 4);
      sentence.textContent = fill(words.looks, {
        token: names[state.token],
        where: best.map((i) => `${names[i]} ${number(shares[i])}`).join(words.comma),
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
      figure(words.heads, grid), figure(words.tokens, line, sentence)));
    look();
    box.look = look;
  }
  function tokensOf(instance, names) {
    const line = make("div", {
      class: `tokens ${data.panel}`, role: "listbox", tabindex: 0, "aria-label": words.tokens });
    const token = (i, ...content) => make("span", {
      role: "option", id: `token-${i}`, "data-token": i, class: "token" }, ...content);
    if (data.panel === "words") {
      line.append(token(0, names[0]), " ");
      for (const [piece, player] of instance.pieces) {
        line.append(player === null ? piece : token(player + 1, piece));
      }
    } else if (data.panel === "patches") {
      const side = Math.round(Math.sqrt(instance.pixels.length));
      const grid = Math.round(Math.sqrt(instance.players.length));
      const size = side / grid;
      line.style.setProperty("--grid", grid);
      line.append(token(0, names[0]));
      instance.players.forEach((name, i) => {
        const x = size * (i % grid), y = size * Math.floor(i / grid);
        const part = make("svg", { viewBox: `${x} ${y} ${size} ${size}`, "aria-label": name, role: "img" });
        instance.pixels.forEach((value, k) => {
          const px = k % side, py = Math.floor(k / side);
          if (value > 0 && px >= x && px < x + size && py >= y && py < y + size) part.append(make("rect", {
            class: "pixel", x: px + 0.1, y: py + 0.1, width: 0.8, height: 0.8, opacity: (0.8 * value).toFixed(3) }));
        });
        line.append(token(i + 1, part));
      });
    } else names.forEach((name, i) => line.append(token(i, name)));
    return line;
  }
  async function units(instance) {
    const box = root.querySelector(".units");
    box.replaceChildren();
    if (data.panel !== "patches" || !instance.units) return;
    const levels = await weights(instance.units);
    if (instance !== shown) return;
    const [layers, count, tokens] = instance.units.shape;
    const grid = make("div", { class: "units-grid" });
    for (let layer = 0; layer < layers; layer += 1) {
      for (let unit = 0; unit < count; unit += 1) {
        const shares = Array.from(cut(levels, instance.units.shape, layer, unit)).slice(1).map((level) => level / 255);
        const label = fill(words.unit, { layer: layer + 1, unit: data.units[layer][unit] });
        grid.append(make("div", {}, image(instance, label, tinted(instance, shares)), make("span", {}, label)));
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
  async function drawCurves(instance) {
    const points = (kind) => Object.entries(instance.curves[kind] || {}).flatMap(([method, pairs]) =>
      pairs.map(([share, value]) => ({ title: title(method), share, value })));
    for (const chart of root.querySelectorAll(".curve")) {
      chart.previousElementSibling.textContent = fastest(chart.dataset.curve, instance.areas[chart.dataset.curve] || []);
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

  // The method whose values lead step by step to the decision; one that leaves nothing over first.
  function inSteps(methods) {
    const candidates = data.methods.filter((method) => method.stepwise && methods.includes(method.name));
    const best = candidates.find((method) => method.additive) || candidates[0];
    return best && best.name;
  }
  function show() {
    const instance = (shown = data.instances[state.place]);
    const methods = [...new Set([state.first, state.second].filter((name) => name in instance.values))];
    const view = root.querySelector(".view");
    view.replaceChildren(heading(instance), prediction(instance));
    const drawings = {
      words: (method) => text(instance, method),
      patches: (method) => image(instance, title(method), patches(instance, method)),
    };
    const draw = drawings[data.panel];
    if (draw) view.append(make("div", { class: `grid ${data.panel}` }, ...methods.map((method) =>
      figure(fill(words.by_method, { method: title(method) }), draw(method)))));
    const stepwise = data.panel === "fields" && inSteps(methods);
    if (data.panel === "fields") view.append(reasons(instance, methods));
    if (stepwise) {
      const beside = methods.find((name) => name !== stepwise);
      view.append(figure(fill(words.waterfall, { method: title(stepwise) }), waterfall(instance, stepwise, beside)));
    } else view.append(figure(words[`bars.${data.kind}`], bars(instance, methods)));
    const note = checks(instance, methods);
    if (note) view.append(note);
    return Promise.all([attention(instance), units(instance), drawCurves(instance)]);
  }

  // Controls.
  const matching = () => data.instances.map((_, i) => i).filter((i) => {
    const instance = data.instances[i];
    return { all: true, rule: instance.rule, right: instance.right, wrong: !instance.right }[control("which").value];
  });
  function list() {
    const select = control("instance");
    const groups = {};
    for (const i of matching()) {
      const instance = data.instances[i];
      const name = `${instance.instance} · ${instance.predicted}` + (instance.right ? "" : ` (${words.wrong})`);
      (groups[instance.split] ??= []).push(make("option", { value: i }, name));
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
    const place = data.instances.findIndex((instance) => `#${instance.split}-${instance.instance}` === location.hash);
    if (place < 0) return false;
    control("which").value = "all";
    state.place = place;
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
    const names = data.methods.map((method) => method.name);
    [state.first, state.second = ""] = names;
    for (const name of ["first", "second"]) {
      control(name).append(...data.methods.map((method) => make("option", { value: method.name }, method.title)));
      if (name === "second") control(name).prepend(make("option", { value: "" }, words.none_beside));
      control(name).value = state[name];
      control(name).addEventListener("change", () => { state[name] = control(name).value; show(); });
    }
    const shape = (data.instances.find((instance) => instance.attention) || { attention: { shape: [0, 0] } }).attention.shape;
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
