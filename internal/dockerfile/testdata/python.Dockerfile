# Stage 1: Dependencies
FROM python:3.11-slim as builder
COPY pyproject.toml .
RUN pip install uv && uv pip install --system .

# Stage 2: Runtime
FROM python:3.11-slim
COPY --from=builder /usr/local/lib/python3.11 /usr/local/lib/python3.11
