# The pages are built with npm, the documentation with mkdocs; the server is installed from this
# folder as it stands.
FROM node:22-slim AS playground
WORKDIR /build/client-examples/playground
COPY client-examples/playground/package.json client-examples/playground/package-lock.json client-examples/playground/.npmrc ./
RUN npm ci
COPY client-examples/playground ./
COPY client-examples/page ../page
COPY schema/schema.graphql /build/schema/schema.graphql
RUN npm run build

FROM node:22-slim AS web
WORKDIR /build/client-examples/web
COPY client-examples/web/package.json client-examples/web/package-lock.json client-examples/web/.npmrc ./
RUN npm ci
COPY client-examples/web ./
COPY client-examples/page ../page
COPY schema/schema.graphql /build/schema/schema.graphql
RUN npm run build

FROM python:3.13-slim AS docs
WORKDIR /build
COPY requirements/docs.txt requirements/docs.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/docs.txt
COPY mkdocs.yml ./
COPY docs docs
COPY schema/schema.graphql schema/schema.graphql
RUN mkdocs build --quiet

FROM python:3.13-slim
WORKDIR /srv/parley
COPY requirements/serve.txt requirements/serve.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/serve.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .
COPY --from=playground /build/client-examples/playground/dist client-examples/playground/dist
COPY --from=web /build/client-examples/web/dist client-examples/web/dist
COPY --from=docs /build/docs-site docs-site
RUN useradd --system parley && install -d -o parley /var/lib/parley
USER parley
EXPOSE 8000
CMD ["parley", "serve", "--host", "0.0.0.0"]
