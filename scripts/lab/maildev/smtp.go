package main

import (
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"
)

// idle ends a conversation in which nobody speaks.
const idle = 5 * time.Minute

func accept(l net.Listener, box *inbox) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go converse(conn, box)
	}
}

// conversation is one client's, RFC 5321.
type conversation struct {
	*textproto.Conn
	box  *inbox
	from string
	to   []string
}

func converse(conn net.Conn, box *inbox) {
	c := &conversation{Conn: textproto.NewConn(conn), box: box}
	defer func() { _ = c.Close() }()
	if c.PrintfLine("220 lab-maildev ESMTP") != nil {
		return
	}
	for {
		if conn.SetDeadline(time.Now().Add(idle)) != nil {
			return
		}
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		reply := c.reply(strings.ToUpper(verb), rest)
		if c.PrintfLine("%s", reply) != nil || strings.HasPrefix(reply, "221") {
			return
		}
	}
}

func (c *conversation) reply(verb, rest string) string {
	switch verb {
	case "EHLO", "HELO":
		return "250 lab-maildev"
	case "MAIL":
		c.from, c.to = path(rest), nil
		return "250 ok"
	case "RCPT":
		c.to = append(c.to, path(rest))
		return "250 ok"
	case "DATA":
		return c.data()
	case "RSET":
		c.from, c.to = "", nil
		return "250 ok"
	case "NOOP":
		return "250 ok"
	case "QUIT":
		return "221 bye"
	}
	return "502 not known here"
}

func (c *conversation) data() string {
	if len(c.to) == 0 {
		return "503 nobody to send it to"
	}
	if c.PrintfLine("354 end with a dot") != nil {
		return "221 bye"
	}
	text, err := io.ReadAll(c.DotReader())
	if err != nil {
		return "451 the message did not come through"
	}
	c.box.take(c.from, c.to, string(text))
	return "250 kept"
}

// path is the address in FROM:<a@b> SIZE=1.
func path(rest string) string {
	_, after, _ := strings.Cut(rest, "<")
	address, _, _ := strings.Cut(after, ">")
	return address
}
