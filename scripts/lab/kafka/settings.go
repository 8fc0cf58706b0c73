package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// settings are what the environment says, under the names of the image apache/kafka.
type settings struct {
	listeners  []listener
	directory  string // KAFKA_LOG_DIRS; "" keeps everything in memory
	cluster    string // CLUSTER_ID
	autoCreate bool   // KAFKA_AUTO_CREATE_TOPICS_ENABLE
	partitions int    // KAFKA_NUM_PARTITIONS: of a topic that is created without a number
	boot       time.Duration
}

// listener is an address and what clients that come in by it are told to connect to.
type listener struct{ name, address, advertised string }

func settingsOf(getenv func(string) string) (settings, error) {
	or := func(name, fallback string) string {
		if value := getenv(name); value != "" {
			return value
		}
		return fallback
	}
	s := settings{directory: getenv("KAFKA_LOG_DIRS"), cluster: or("CLUSTER_ID", "lab")}
	var err error
	if s.listeners, err = pair(or("KAFKA_LISTENERS", "PLAINTEXT://:9092"), or("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://localhost:9092")); err != nil {
		return s, err
	}
	if s.autoCreate, err = strconv.ParseBool(or("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "true")); err != nil {
		return s, fmt.Errorf("parse KAFKA_AUTO_CREATE_TOPICS_ENABLE: %w", err)
	}
	if s.partitions, err = strconv.Atoi(or("KAFKA_NUM_PARTITIONS", "1")); err != nil {
		return s, fmt.Errorf("parse KAFKA_NUM_PARTITIONS: %w", err)
	}
	if s.boot, err = time.ParseDuration(or("LAB_BOOT", "0s")); err != nil {
		return s, fmt.Errorf("parse LAB_BOOT: %w", err)
	}
	return s, nil
}

// pair puts the listeners and their advertised addresses together by name. A listener that is not
// advertised is the controller's: no client comes in by it, and there is none here.
func pair(listeners, advertised string) ([]listener, error) {
	at, err := addresses("KAFKA_LISTENERS", listeners)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, l := range at {
		known[l.name] = l.address
	}
	as, err := addresses("KAFKA_ADVERTISED_LISTENERS", advertised)
	if err != nil {
		return nil, err
	}
	for i, l := range as {
		if host, _, _ := net.SplitHostPort(l.address); host == "0.0.0.0" || host == "" {
			return nil, fmt.Errorf("KAFKA_ADVERTISED_LISTENERS: nobody can connect to %q", l.address)
		}
		address, ok := known[l.name]
		if !ok {
			return nil, fmt.Errorf("KAFKA_ADVERTISED_LISTENERS: %s is not among KAFKA_LISTENERS", l.name)
		}
		as[i] = listener{name: l.name, address: address, advertised: l.address}
	}
	return as, nil
}

// addresses reads NAME://HOST:PORT,NAME://:PORT.
func addresses(variable, text string) ([]listener, error) {
	var list []listener
	for word := range strings.SplitSeq(text, ",") {
		name, address, ok := strings.Cut(strings.TrimSpace(word), "://")
		if _, _, err := net.SplitHostPort(address); !ok || err != nil {
			return nil, fmt.Errorf("%s: %q is not NAME://HOST:PORT", variable, word)
		}
		list = append(list, listener{name: name, address: address})
	}
	return list, nil
}
