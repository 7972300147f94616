// Shows a comparison. Everything follows from `state`: change it, then call `refresh`.
// Sides are 0 (clip A) and 1 (clip B); frames are counted from 0.
'use strict';

(() => {
  const data = JSON.parse(document.getElementById('content').textContent);
  const byId = (id) => document.getElementById(id);
  const LETTERS = ['A', 'B'];
  const [pictureIds, momentIds, videoIds, stripIds, nameIds] = [
    'picture', 'moment', 'video', 'strip', 'name',
  ].map((kind) => LETTERS.map((letter) => `${kind}-${letter.toLowerCase()}`));
  const counts = data.clips.map((clip) => clip.count);
  const thinned = (frame) => Math.floor(frame / data.step); // long clips hold fewer poses
  const USUAL_FPS = 30; // where times are not known
  const { parents, left, right } = data.skeleton;

  const state = {
    clock: 0, // whose frames the position counts
    frame: 0,
    time: 0, // seconds of the clock while playing
    pinned: null, // a pair of frames to show although others may be their matches
    pairing: 0, // 0: the whole clips; n: repetition n of B
    selected: null, // the spans of the difference or repetition that was chosen last
    loop: null, // first and last frame, of the clock
    playing: false,
    speed: 1,
    angle: 0,
  };

  // ---- frames and times ----

  function currentFrames() {
    if (state.pinned) return state.pinned;
    const frames = [null, null];
    frames[state.clock] = state.frame;
    frames[1 - state.clock] = matchOf(state.clock, state.frame);
    return frames;
  }

  // The frame of the other side that matches a frame of a side, or null.
  function matchOf(side, frame) {
    const { first, frames } = data.pairings[state.pairing].matches[side];
    const match = frames[frame - first] ?? -1;
    return match < 0 ? null : match;
  }

  function timeOf(side, frame) {
    const { times } = data.clips[side];
    return times ? times[frame] : frame / USUAL_FPS;
  }

  function frameAt(side, time) {
    let [low, high] = [0, counts[side] - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (timeOf(side, middle) <= time + 1e-6) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function sayMoment(side, frame) {
    if (frame === null) return 'no match';
    const known = data.clips[side].times;
    return `frame ${frame}${known ? `, ${known[frame].toFixed(2)} s` : ''}`;
  }

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  function setFrame(frame, pinned = null) {
    state.frame = clamp(frame, 0, counts[state.clock] - 1);
    state.time = timeOf(state.clock, state.frame);
    state.pinned = pinned;
    refresh();
  }

  // ---- pictures ----

  let colors = {};

  function color(name) {
    const { documentElement: root } = document;
    colors[name] ??= getComputedStyle(root).getPropertyValue(`--${name}`).trim();
    return colors[name];
  }

  function limbColor(keypoint) {
    if (left.includes(keypoint)) return 'left';
    return right.includes(keypoint) ? 'right' : 'trunk';
  }

  function loadVideo(side) {
    const text = byId(videoIds[side]).textContent;
    if (!text) return Promise.resolve(null);
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.preload = 'auto';
    video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
    return new Promise((resolve) => {
      video.addEventListener('loadeddata', () => resolve(video), { once: true });
      video.addEventListener('error', () => {
        notify('This browser cannot show H.264 video, so poses are shown without pictures.');
        resolve(null);
      }, { once: true });
    });
  }

  // Resolves when a video shows a frame. The event `seeked` alone comes too early now and
  // then; where no frame is announced, e.g. in a hidden tab, it has to do.
  function arrival(video, frame) {
    return new Promise((resolve) => {
      const look = (_, { mediaTime }) => {
        if (Math.abs(mediaTime * data.video_fps - frame) < 0.5) resolve();
        else video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback?.(look);
      video.addEventListener('seeked', () => setTimeout(resolve, 300), { once: true });
    });
  }

  function makePicture(side) {
    const { size, keypoints } = data.clips[side];
    const canvas = byId(pictureIds[side]);
    [canvas.width, canvas.height] = size;
    const context = canvas.getContext('2d');
    let video = null;
    let sought = null;

    async function seek(frame) {
      if (!video || frame === null || frame === sought) return;
      sought = frame;
      const arrived = arrival(video, frame);
      video.currentTime = (frame + 0.5) / data.video_fps;
      await arrived;
    }

    function draw(frame, highlighted) {
      context.clearRect(0, 0, ...size);
      canvas.dataset.frame = frame ?? '';
      const clip = `Clip ${LETTERS[side]}, ${sayMoment(side, frame)}`;
      canvas.setAttribute('aria-label', clip);
      if (frame === null) return;
      if (video) context.drawImage(video, 0, 0, ...size, 0, 0, ...size);
      if (video && !byId('poses').checked) return;
      drawPose(context, keypoints[thinned(frame)], highlighted, Math.max(...size) / 170);
    }

    async function load() {
      video = await loadVideo(side);
      refresh();
    }
    return { seek, draw, load };
  }

  function drawPose(context, keypoints, highlighted, width) {
    const at = (k) => [keypoints[2 * k], keypoints[2 * k + 1]];
    const limbs = parents.map((parent, k) => k)
      .filter((k) => k > 0 && at(k)[0] !== null && at(parents[k])[0] !== null);
    context.lineCap = 'round';
    const line = (k, stroke, lineWidth) => {
      context.beginPath();
      context.moveTo(...at(parents[k]));
      context.lineTo(...at(k));
      context.strokeStyle = stroke;
      context.lineWidth = lineWidth;
      context.stroke();
    };
    limbs.filter((k) => highlighted.has(k)).forEach((k) => line(k, color('differs'), 3 * width));
    limbs.forEach((k) => line(k, color(limbColor(k)), width));
  }

  function notify(sentence) {
    byId('notice').textContent = sentence;
    byId('notice').hidden = false;
  }

  // ---- skeletons in 3D ----

  function makeSkeletons() {
    const place = byId('view');
    if (!document.createElement('canvas').getContext('webgl2')) {
      place.hidden = true;
      byId('views').hidden = true;
      byId('no-webgl').hidden = false;
      return { draw() {}, recolor() {} };
    }
    const renderer = new THREE.WebGLRenderer({ antialias: true, alpha: true });
    renderer.setPixelRatio(window.devicePixelRatio);
    const label = 'Poses of A and B in 3D, seen from a side that can be turned';
    renderer.domElement.setAttribute('role', 'img');
    renderer.domElement.setAttribute('aria-label', label);
    place.append(renderer.domElement);

    const scene = new THREE.Scene();
    const light = new THREE.DirectionalLight('white', 2);
    light.position.set(1, 3, 4);
    scene.add(new THREE.AmbientLight('white', 1.6), light);
    const floor = new THREE.GridHelper(2, 8);
    scene.add(floor);
    const bodies = [makeBody(scene, 1), makeBody(scene, 0.4)];

    const camera = new THREE.PerspectiveCamera(30, 1, 0.1, 20);
    const reach = data.clips.flatMap(({ poses }) => poses).reduce(
      (farthest, pose) => Math.max(farthest, ...pose.map(Math.abs)), 0,
    ) / 1000;
    const distance = 1.25 * reach / Math.tan(15 * Math.PI / 180);
    const controls = new THREE.OrbitControls(camera, renderer.domElement);
    controls.enableZoom = false;
    controls.enablePan = false;
    const render = () => renderer.render(scene, camera);
    controls.addEventListener('change', render);

    function look(azimuth, elevation) {
      const [turned, raised] = [azimuth, elevation].map((degrees) => degrees * Math.PI / 180);
      camera.position.set(
        Math.sin(turned) * Math.cos(raised),
        Math.sin(raised),
        Math.cos(turned) * Math.cos(raised),
      ).multiplyScalar(distance);
      controls.update();
      render();
    }
    byId('views').addEventListener('click', ({ target }) => {
      if (target.dataset.azimuth) look(+target.dataset.azimuth, +target.dataset.elevation);
    });

    new ResizeObserver(() => {
      renderer.setSize(place.clientWidth, place.clientHeight);
      camera.aspect = place.clientWidth / place.clientHeight;
      camera.updateProjectionMatrix();
      render();
    }).observe(place);

    function draw(frames, highlighted) {
      frames.forEach((frame, side) => {
        const pose = frame === null ? null : data.clips[side].poses[thinned(frame)];
        bodies[side].show(pose, side === 0 ? highlighted : new Set());
      });
      const standing = frames[0] === null ? 1 : 0;
      const pose = data.clips[standing].poses[thinned(frames[standing])];
      floor.position.y = Math.min(...pose.filter((_, i) => i % 3 === 1)) / 1000 - 0.03;
      render();
    }

    function recolor() {
      bodies.forEach((body) => body.recolor());
      floor.material.vertexColors = false;
      floor.material.color.set(color('line'));
      floor.material.needsUpdate = true;
      render();
    }
    recolor();
    look(20, 10);
    return { draw, recolor };
  }

  function makeBody(scene, opacity) {
    const group = new THREE.Group();
    scene.add(group);
    const up = new THREE.Vector3(0, 1, 0);
    const solid = opacity === 1;
    const material = () => new THREE.MeshLambertMaterial({ transparent: !solid, opacity });
    const materials = { left: material(), right: material(), trunk: material() };
    const rim = new THREE.MeshLambertMaterial({ transparent: true, opacity: 0.75 });
    const tube = (radius) => new THREE.CylinderGeometry(radius, radius, 1, 16);
    const [limbShape, rimShape] = [tube(0.022), tube(0.042)];
    const jointShape = new THREE.SphereGeometry(0.03, 20, 14);
    const mesh = (shape, of) => {
      const made = new THREE.Mesh(shape, of);
      group.add(made);
      return made;
    };
    const joints = parents.map((_, k) => mesh(jointShape, materials[limbColor(k)]));
    const limbs = parents.map((_, k) => mesh(limbShape, materials[limbColor(k)]));
    const rims = parents.map(() => mesh(rimShape, rim));

    function stretch(part, from, to) {
      const along = to.clone().sub(from);
      part.position.copy(from).addScaledVector(along, 0.5);
      part.scale.y = Math.max(along.length(), 1e-4);
      part.quaternion.setFromUnitVectors(up, along.normalize());
    }

    function show(pose, highlighted) {
      group.visible = pose !== null;
      if (pose === null) return;
      const points = parents.map((_, k) => new THREE.Vector3(
        ...pose.slice(3 * k, 3 * k + 3).map((millimetres) => millimetres / 1000),
      ));
      parents.forEach((parent, k) => {
        joints[k].position.copy(points[k]);
        limbs[k].visible = parent >= 0;
        rims[k].visible = highlighted.has(k);
        if (parent >= 0) {
          [limbs[k], rims[k]].forEach((part) => stretch(part, points[parent], points[k]));
        }
      });
    }

    function recolor() {
      Object.entries(materials).forEach(([name, of]) => of.color.set(color(name)));
      rim.color.set(color('differs'));
    }
    return { show, recolor };
  }

  // ---- joint angles ----

  function makeCurves() {
    const place = byId('chart');
    let plot = null;

    function along(frame) {
      return data.clips[state.clock].times ? timeOf(state.clock, frame) : frame;
    }

    function values() {
      const [own, other] = [state.clock, 1 - state.clock]
        .map((side) => data.angles.degrees[side][state.angle]);
      const matched = own.map((_, index) => {
        const match = matchOf(state.clock, index * data.step);
        return match === null ? null : other[thinned(match)];
      });
      const times = own.map((_, index) => along(index * data.step));
      return [times, ...(state.clock === 0 ? [own, matched] : [matched, own])];
    }

    function shadeDifferences({ ctx, bbox, valToPos }) {
      ctx.fillStyle = color('shade');
      data.differences.filter(({ angle }) => angle === state.angle).forEach(({ spans }) => {
        const [start, end] = spans[state.clock].map((frame) => valToPos(along(frame), 'x', true));
        ctx.fillRect(start, bbox.top, Math.max(end - start, 2), bbox.height);
      });
    }

    function options() {
      const axis = {
        stroke: color('quiet'),
        grid: { stroke: color('line'), width: 1 },
        ticks: { show: false },
        font: '13px system-ui, sans-serif',
      };
      const known = data.clips[state.clock].times;
      const degrees = (value) => (value === null ? '–' : `${Math.round(value)}°`);
      const label = `${known ? 'Seconds' : 'Frames'} of ${LETTERS[state.clock]}`;
      const moment = (value) => (known ? value?.toFixed(2) : value) ?? '–';
      const series = LETTERS.map((name, side) => ({
        label: name,
        stroke: color(name.toLowerCase()),
        width: 2,
        dash: side ? [6, 4] : [],
        points: { show: false },
        value: (_, value) => degrees(value),
      }));
      return {
        width: place.clientWidth,
        height: 300,
        scales: { x: { time: false } },
        cursor: { drag: { x: false, y: false }, y: false },
        axes: [
          { ...axis, size: 32, label, labelSize: 22, labelFont: axis.font },
          { ...axis, values: (_, ticks) => ticks.map((tick) => `${tick}°`) },
        ],
        series: [{ label, value: (_, value) => moment(value) }, ...series],
        hooks: { drawClear: [shadeDifferences] },
      };
    }

    function rebuild() {
      plot?.destroy();
      plot = null;
      plot = new uPlot(options(), values(), place);
      plot.over.addEventListener('click', () => setFrame(plot.cursor.idx * data.step));
      plot.over.addEventListener('mouseleave', follow);
      byId('angle').value = state.angle;
      byId('angle-meaning').textContent = data.angles.meanings[state.angle];
      place.setAttribute('aria-label', describe());
      follow();
    }

    function describe() {
      const said = plot.data.slice(1).map((degrees, side) => {
        const seen = degrees.filter((value) => value !== null);
        if (!seen.length) return `${LETTERS[side]} is not seen`;
        return `${LETTERS[side]} goes from ${Math.min(...seen)} to ${Math.max(...seen)} degrees`;
      });
      return `${data.angles.names[state.angle]} over time: ${said.join('; ')}`;
    }

    function follow() {
      if (!plot) return;
      plot.setCursor({ left: plot.valToPos(along(state.frame), 'x'), top: 10 });
    }

    data.angles.names.forEach((name, index) => {
      byId('angle').append(new Option(name, index));
    });
    byId('angle').addEventListener('change', ({ target }) => {
      state.angle = +target.value;
      rebuild();
    });
    new ResizeObserver(() => {
      plot?.setSize({ width: place.clientWidth, height: 300 });
      follow();
    }).observe(place);
    return { rebuild, follow };
  }

  // ---- distance matrix ----

  function makeMatrix() {
    const canvas = byId('matrix');
    const context = canvas.getContext('2d');
    const image = new Image();
    const x = (frame) => (frame + 0.5) / counts[0] * canvas.width;
    const y = (frame) => (1 - (frame + 0.5) / counts[1]) * canvas.height;

    function draw(frames) {
      if (!image.complete) return;
      context.imageSmoothingEnabled = false;
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      drawPath(data.pairings[state.pairing].path);
      context.strokeStyle = 'white';
      context.lineWidth = 1;
      context.beginPath();
      if (frames[0] !== null) {
        context.moveTo(x(frames[0]), 0);
        context.lineTo(x(frames[0]), canvas.height);
      }
      if (frames[1] !== null) {
        context.moveTo(0, y(frames[1]));
        context.lineTo(canvas.width, y(frames[1]));
      }
      context.stroke();
    }

    function drawPath(path) {
      context.fillStyle = 'white';
      context.strokeStyle = 'white';
      context.lineWidth = 3;
      context.beginPath();
      const inOrder = data.settings.mode !== 'nn';
      path.forEach(([a, b]) => {
        if (inOrder) context.lineTo(x(a), y(b));
        else context.fillRect(x(a) - 2, y(b) - 2, 4, 4);
      });
      context.stroke();
    }

    canvas.addEventListener('click', ({ offsetX, offsetY }) => {
      const shares = [offsetX / canvas.clientWidth, 1 - offsetY / canvas.clientHeight];
      setFrame(Math.floor(shares[state.clock] * counts[state.clock]));
    });
    const label = `Distances of ${counts[0]} frames of A from ${counts[1]} of B, with the matches`;
    canvas.setAttribute('aria-label', label);
    const [low, high] = data.matrix.range.map((value) => value.toFixed(2));
    byId('matrix-low').textContent = `alike ${low}`;
    byId('matrix-high').textContent = `${high} unlike`;
    image.addEventListener('load', refresh);
    image.src = data.matrix.image;
    return { draw };
  }

  // ---- what differs ----

  function button(text, onClick) {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', onClick);
    return made;
  }

  function numbered(index) {
    const number = document.createElement('span');
    number.className = 'number';
    number.textContent = index + 1;
    return number;
  }

  function selectDifference(index) {
    const { frames, spans, angle } = data.differences[index];
    state.pairing = 0;
    state.selected = spans;
    state.loop = state.loop && [...spans[state.clock]];
    state.angle = angle;
    pause();
    relay();
    const alone = frames.findIndex((frame, side) => matchOf(side, frame) === null);
    if (alone >= 0 && alone !== state.clock) setClock(alone);
    setFrame(frames[state.clock], alone >= 0 ? null : frames);
    showPlayer();
  }

  function showPlayer() {
    const { top, bottom } = byId('player').getBoundingClientRect();
    if (bottom < 100 || top > window.innerHeight - 100) byId('player').scrollIntoView();
  }

  function listDifferences() {
    const { differences, main_differences: main } = data;
    byId('differs').hidden = data.score === null;
    byId('differs-title').hidden = differences.length === 0;
    byId('no-difference').hidden = differences.length > 0;
    byId('no-difference').textContent = data.no_difference;
    byId('more').hidden = differences.length <= main;
    byId('more-title').textContent = `${differences.length - main} smaller differences`;
    differences.forEach(({ sentence }, index) => {
      const item = document.createElement('li');
      const row = button('', () => selectDifference(index));
      const text = document.createElement('span');
      text.textContent = sentence;
      row.append(numbered(index), text);
      row.dataset.difference = index;
      item.append(row);
      byId(index < main ? 'differences' : 'more-differences').append(item);
    });
  }

  function holds({ spans }, frames) {
    const side = frames[state.clock] === null ? 1 - state.clock : state.clock;
    return spans[side][0] <= frames[side] && frames[side] <= spans[side][1];
  }

  function highlightedKeypoints(frames) {
    if (state.pairing) return new Set();
    return new Set(data.differences.slice(0, data.main_differences)
      .filter((difference) => holds(difference, frames))
      .flatMap(({ keypoints }) => keypoints));
  }

  function markDifferences(frames) {
    document.querySelectorAll('[data-difference]').forEach((row) => {
      const now = !state.pairing && holds(data.differences[row.dataset.difference], frames);
      row.setAttribute('aria-current', now);
    });
  }

  function summarize() {
    LETTERS.forEach((_, side) => { byId(nameIds[side]).textContent = data.clips[side].name; });
    document.title = `${data.clips[0].name} and ${data.clips[1].name}, compared`;
    byId('verdict').textContent = data.verdict;
    if (data.score !== null) {
      byId('score').hidden = false;
      byId('score-value').textContent = Math.round(data.score);
      byId('score-meter').value = data.score;
      byId('score-meaning').textContent = data.score_meaning;
    }
    data.notes.forEach((note) => {
      const item = document.createElement('li');
      item.textContent = note;
      byId('notes').append(item);
    });
    if (data.notice) notify(data.notice);
    if (data.notice && data.aligned_video) {
      const link = document.createElement('a');
      link.href = encodeURIComponent(data.aligned_video);
      link.textContent = `${data.aligned_video} shows them side by side.`;
      byId('notice').append(' ', link);
    }
  }

  // ---- timeline ----

  function place(element, [first, last], side) {
    // What begins at the very end stays inside its row, however narrow it is.
    element.style.left = `min(${first / counts[side] * 100}%, 100% - var(--narrowest))`;
    element.style.width = `${(last - first + 1) / counts[side] * 100}%`;
  }

  function makeRow(className = 'row') {
    const row = document.createElement('div');
    row.className = className;
    return row;
  }

  function layTimeline() {
    byId('position').max = counts[state.clock] - 1;
    const rows = byId('rows');
    rows.replaceChildren();
    if (state.loop) {
      const looped = makeRow('looped');
      place(looped, state.loop, state.clock);
      const row = makeRow('row loop-row');
      row.append(looped);
      rows.append(row);
    }
    if (state.pairing) return;
    data.differences.slice(0, data.main_differences).forEach(({ spans, sentence }, index) => {
      const bar = button(index + 1, () => selectDifference(index));
      bar.title = sentence;
      bar.setAttribute('aria-label', `Difference ${index + 1}: ${sentence}`);
      place(bar, spans[state.clock], state.clock);
      const row = makeRow();
      row.append(bar);
      rows.append(row);
    });
  }

  function setClock(side) {
    const frames = currentFrames();
    const loop = state.loop?.map((frame) => matchOf(state.clock, frame));
    state.clock = side;
    state.loop = loop && !loop.includes(null) ? loop.sort((one, other) => one - other) : null;
    document.querySelectorAll('[name=clock]').forEach((radio) => {
      radio.checked = +radio.value === side;
    });
    relay();
    setFrame(frames[side] ?? 0, frames[side] === null ? null : frames);
  }

  function setLoop(loop) {
    state.loop = loop;
    relay();
    refresh();
  }

  function toggleLoop() {
    const whole = [0, counts[state.clock] - 1];
    setLoop(state.loop ? null : [...(state.selected?.[state.clock] ?? whole)]);
  }

  function moveLoopEnd(end) {
    const loop = [...(state.loop ?? [0, counts[state.clock] - 1])];
    loop[end] = state.frame;
    if (loop[0] > loop[1]) loop[1 - end] = end ? 0 : counts[state.clock] - 1;
    setLoop(loop);
  }

  function relay() {
    layTimeline();
    curves.rebuild();
    byId('loop').setAttribute('aria-pressed', state.loop !== null);
    byId('whole').hidden = state.pairing === 0;
    document.querySelectorAll('[data-repetition]').forEach((one) => {
      one.setAttribute('aria-pressed', +one.dataset.repetition === state.pairing);
    });
  }

  // ---- repetitions ----

  function selectRepetition(side, index) {
    const { spans, model } = data.repetitions;
    const span = spans[side][index];
    const compared = side === 1 && model !== null;
    state.pairing = compared ? index + 1 : 0;
    state.selected = compared ? [model, span] : null;
    if (!state.selected && state.clock !== side) setClock(side);
    setLoop([...(state.selected?.[state.clock] ?? span)]);
    setFrame(state.loop[0]);
    showPlayer();
  }

  function sayRepetition(side, index) {
    const { spans, scores, outliers, model } = data.repetitions;
    const [start, end] = spans[side][index].map((frame) => sayMoment(side, frame));
    const said = [`Repetition ${index + 1} of ${LETTERS[side]}`, `${start} to ${end}`];
    if (side === 1 && scores) said.push(`score ${Math.round(scores[index])}`);
    if (side === 1 && outliers?.[index]) said.push('stands out');
    if (side === 0 && model?.[0] === spans[0][index][0]) said.push('the model');
    return said.join(', ');
  }

  function makeStrips() {
    if (!data.repetitions) return { draw() {} };
    const { spans, scores, outliers, model } = data.repetitions;
    byId('repetitions').hidden = false;
    byId('repetitions-help').textContent = model === null
      ? 'Choose a repetition to loop it.'
      : 'Choose a repetition of B to loop it beside the model in A. The number after the dot '
        + 'is its score; a repetition that stands out is yellow.';
    const cursors = LETTERS.map((letter, side) => {
      const strip = byId(stripIds[side]);
      spans[side].forEach((span, index) => {
        const part = button(`${letter}${index + 1}`, () => selectRepetition(side, index));
        if (side === 1 && scores) part.textContent += ` · ${Math.round(scores[index])}`;
        if (side === 1) part.dataset.repetition = index + 1;
        if (side === 1 && outliers?.[index]) part.className = 'outlier';
        part.setAttribute('aria-label', `${part.textContent}: ${sayRepetition(side, index)}`);
        part.title = sayRepetition(side, index);
        place(part, span, side);
        strip.append(part);
      });
      const now = makeRow('now');
      strip.append(now);
      return now;
    });
    function draw(frames) {
      cursors.forEach((cursor, side) => {
        cursor.hidden = frames[side] === null;
        cursor.style.left = `${(frames[side] + 0.5) / counts[side] * 100}%`;
      });
    }
    return { draw };
  }

  // ---- playing ----

  let before = 0;

  function play() {
    const [first, last] = state.loop ?? [0, counts[state.clock] - 1];
    if (state.frame >= last || state.frame < first) state.frame = first;
    state.time = timeOf(state.clock, state.frame);
    state.playing = true;
    before = performance.now();
    byId('play').textContent = 'Pause';
    requestAnimationFrame(advance);
  }

  function pause() {
    state.playing = false;
    byId('play').textContent = 'Play';
  }

  function advance(now) {
    if (!state.playing) return;
    const [first, last] = state.loop ?? [0, counts[state.clock] - 1];
    state.time += Math.max(0, now - before) / 1000 * state.speed;
    before = now;
    const step = last > 0 ? timeOf(state.clock, last) - timeOf(state.clock, last - 1) : 1;
    if (state.time >= timeOf(state.clock, last) + step) {
      if (!state.loop) return pause();
      state.time = timeOf(state.clock, first);
    }
    const frame = clamp(frameAt(state.clock, state.time), first, last);
    if (frame !== state.frame || state.pinned) {
      state.frame = frame;
      state.pinned = null;
      refresh();
    }
    return requestAnimationFrame(advance);
  }

  // ---- showing the state ----

  let refreshing = false;
  let stale = false;

  // Shows a pair of frames only when both videos have arrived at theirs.
  async function refresh() {
    stale = true;
    if (refreshing) return;
    refreshing = true;
    while (stale) {
      stale = false;
      const frames = currentFrames();
      await Promise.all(pictures.map((picture, side) => picture.seek(frames[side])));
      show(frames);
    }
    refreshing = false;
  }

  function show(frames) {
    const highlighted = highlightedKeypoints(frames);
    pictures.forEach((picture, side) => picture.draw(frames[side], highlighted));
    skeletons.draw(frames, highlighted);
    matrix.draw(frames);
    strips.draw(frames);
    curves.follow();
    markDifferences(frames);
    const said = frames.map((frame, side) => sayMoment(side, frame));
    said.forEach((moment, side) => { byId(momentIds[side]).textContent = moment; });
    byId('position').value = frames[state.clock] ?? state.frame;
    byId('position').setAttribute('aria-valuetext', `A: ${said[0]}; B: ${said[1]}`);
  }

  // ---- input ----

  const step = (frames) => {
    pause();
    setFrame(state.frame + frames);
  };

  const KEYS = {
    ' ': () => byId('play').click(),
    ArrowLeft: ({ shiftKey }) => step(shiftKey ? -10 : -1),
    ArrowRight: ({ shiftKey }) => step(shiftKey ? 10 : 1),
    Home: () => step(-Infinity),
    End: () => step(Infinity),
    l: toggleLoop,
    '[': () => moveLoopEnd(0),
    ']': () => moveLoopEnd(1),
    c: () => setClock(1 - state.clock),
  };

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { target, key } = event;
    if (target.matches('select, [type=radio], summary')) return;
    if (key === ' ' && target.matches('button, [type=checkbox]')) return;
    const number = Number(key);
    const act = number >= 1 && number <= data.differences.length
      ? () => selectDifference(number - 1)
      : KEYS[key.length === 1 ? key.toLowerCase() : key];
    if (!act) return;
    event.preventDefault();
    act(event);
  }

  function listen() {
    document.addEventListener('keydown', onKey);
    // After a click with the mouse, keys belong to the player again.
    document.addEventListener('click', ({ detail }) => {
      const { activeElement: focused } = document;
      if (detail && focused?.matches('button, [type=radio], [type=checkbox]')) focused.blur();
    });
    byId('position').addEventListener('input', ({ target }) => step(+target.value - state.frame));
    byId('back').addEventListener('click', () => step(-1));
    byId('forward').addEventListener('click', () => step(1));
    byId('play').addEventListener('click', () => (state.playing ? pause() : play()));
    byId('speed').addEventListener('change', ({ target }) => { state.speed = +target.value; });
    byId('loop').addEventListener('click', toggleLoop);
    byId('loop-start').addEventListener('click', () => moveLoopEnd(0));
    byId('loop-end').addEventListener('click', () => moveLoopEnd(1));
    byId('poses').addEventListener('change', refresh);
    byId('whole').addEventListener('click', () => {
      state.pairing = 0;
      state.selected = null;
      setLoop(null);
    });
    document.querySelectorAll('[name=clock]').forEach((radio) => {
      radio.addEventListener('change', () => setClock(+radio.value));
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      colors = {};
      skeletons.recolor();
      curves.rebuild();
      refresh();
    });
  }

  function tell() {
    [['settings', data.settings], ['versions', data.versions]].forEach(([id, values]) => {
      Object.entries(values).forEach(([name, value]) => {
        const [term, description] = ['dt', 'dd'].map((tag) => document.createElement(tag));
        term.textContent = name.replaceAll('_', ' ');
        description.textContent = Array.isArray(value) ? value.join(', ') : value ?? 'not given';
        byId(id).append(term, description);
      });
    });
    Object.entries(data.licences).forEach(([name, text]) => {
      const [title, licence] = ['h3', 'pre'].map((tag) => document.createElement(tag));
      title.textContent = name;
      licence.textContent = text;
      byId('licences').append(title, licence);
    });
  }

  state.angle = data.differences[0]?.angle ?? data.angles.names.indexOf('left knee flexion');
  const pictures = [makePicture(0), makePicture(1)];
  const skeletons = makeSkeletons();
  const curves = makeCurves();
  const matrix = makeMatrix();
  const strips = makeStrips();
  summarize();
  listDifferences();
  tell();
  listen();
  relay();
  setFrame(data.pairings[0].matches[0].first);
  document.addEventListener('DOMContentLoaded', () => pictures.forEach(({ load }) => load()));
})();
