'use strict';

// Names come from files that anybody may have named: they are inserted as text only.
const content = JSON.parse(document.getElementById('content').textContent);

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text || '';
  if (className) made.className = className;
  return made;
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function strip(place) {
  const pictures = element('div', '', 'pictures');
  place.pictures.forEach((picture, number) => {
    const image = document.createElement('img');
    image.src = `data:image/jpeg;base64,${picture}`;
    image.alt = `${place.name}, picture ${number + 1} of ${place.pictures.length}`;
    pictures.append(image);
  });
  return pictures;
}

function film(place) {
  const video = document.createElement('video');
  video.controls = video.muted = video.loop = true;
  video.setAttribute('aria-label', `${place.name}, ${place.when}`);
  video.src = URL.createObjectURL(new Blob([bytesOf(place.film)], { type: 'video/mp4' }));
  return video;
}

function shown(place) {
  const item = element('li', '', 'place');
  const title = element('h2', place.name);
  if (place.action) title.append(element('span', place.action, 'action'));
  item.append(title, element('p', place.when), element('p', place.path, 'quiet'));
  const pictures = strip(place);
  if (!place.film) {
    item.append(pictures);
    return item;
  }
  const button = element('button');
  button.type = 'button';
  button.append(pictures, element('span', `Play ${place.name}`, 'play'));
  button.addEventListener('click', () => {
    const video = film(place);
    button.replaceWith(pictures, video);
    video.play();
  });
  item.append(button);
  return item;
}

document.getElementById('query').textContent = content.query;
document.getElementById('nothing').hidden = content.places.length > 0;
document.getElementById('places').append(...content.places.map(shown));
