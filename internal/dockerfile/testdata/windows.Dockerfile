ARG V=1
FROM one:$V AS base
RUN echo \
  two
FROM base
COPY <<E /f
text
E
COPY --from=three:3 /a /b
