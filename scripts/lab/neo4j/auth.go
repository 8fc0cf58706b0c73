package main

import (
	"errors"
	"strings"
)

// shortestPassword is the real server's rule: it refuses to start with less.
const shortestPassword = 8

// auth is the one user that may sign in. The zero value lets everybody in.
type auth struct{ user, password string }

// parseAuth reads NEO4J_AUTH: "user/password", "none", or nothing for the real image's default.
func parseAuth(value string) (auth, error) {
	switch value {
	case "none":
		return auth{}, nil
	case "":
		return auth{"neo4j", "neo4j"}, nil
	}
	user, password, found := strings.Cut(value, "/")
	if !found || user == "" {
		return auth{}, errors.New("NEO4J_AUTH must be user/password, or none")
	}
	if len(password) < shortestPassword {
		return auth{}, errors.New("NEO4J_AUTH: the password must have at least 8 characters")
	}
	return auth{user, password}, nil
}

func (a auth) accepts(token map[string]any) bool {
	return a == auth{} || a.user == token["principal"] && a.password == token["credentials"]
}
