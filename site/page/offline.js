// Keeps the files of the page, so that it opens without a network. The build writes CONTENTS and FILES above.
self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(CONTENTS).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name !== CONTENTS).map((name) => caches.delete(name));
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const kept = caches.open(CONTENTS).then((cache) => cache.match(page(event.request), { ignoreSearch: true }));
  event.respondWith(kept.then((answer) => answer ?? fetch(event.request)));
});

// the folder itself is the page; what lies below it, such as the documentation, answers for itself
const page = (request) => (request.url.split(/[?#]/)[0] === self.registration.scope ? "./index.html" : request);
