// Keeps the files of the page, so that it opens without a network. The build writes CONTENTS and FILES above.
self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(CONTENTS).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name !== CONTENTS).map((name) => caches.delete(name));
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

const answer = async (request) => {
  const cache = await caches.open(CONTENTS);
  const kept = await cache.match(page(request), { ignoreSearch: true });
  const fixed = !request.url.startsWith(`${self.registration.scope}docs/`);
  return fixed && kept ? kept : fresh(cache, request).catch((error) => kept ?? Promise.reject(error));
};

// The documentation is not in CONTENTS: as it was last read it is kept for when there is no network.
const fresh = async (cache, request) => {
  const reply = await fetch(request);
  if (reply.ok && request.method === "GET") await cache.put(request, reply.clone());
  return reply;
};

// the folder itself is the page; what lies below it, such as the documentation, answers for itself
const page = (request) => (request.url.split(/[?#]/)[0] === self.registration.scope ? "./index.html" : request);
