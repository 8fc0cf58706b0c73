package composeload

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// The codec writes a value of exported fields, maps, slices, pointers and plain
// values, and reads it back as it was: what is nil stays nil and what is empty stays
// empty. encoding/json and encoding/gob know neither.

// anyTypes are what an interface may hold, as it comes from YAML.
var anyTypes = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int64](), reflect.TypeFor[uint64](),
	reflect.TypeFor[float64](), reflect.TypeFor[map[string]any](), reflect.TypeFor[[]any](),
}

var errNoCode = errors.New("a value that cannot be written")

// encode appends v to data.
func encode(data []byte, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.String:
		return append(binary.AppendUvarint(data, uint64(v.Len())), v.String()...), nil
	case reflect.Bool:
		if v.Bool() {
			return append(data, 1), nil
		}
		return append(data, 0), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(data, v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(data, v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return binary.AppendUvarint(data, math.Float64bits(v.Float())), nil
	case reflect.Pointer:
		if v.IsNil() {
			return append(data, 0), nil
		}
		return encode(append(data, 1), v.Elem())
	case reflect.Interface:
		return encodeAny(data, v)
	case reflect.Slice:
		return encodeSlice(data, v)
	case reflect.Map:
		return encodeMap(data, v)
	case reflect.Struct:
		return encodeStruct(data, v)
	default:
		return nil, fmt.Errorf("%w: %s", errNoCode, v.Type())
	}
}

func encodeAny(data []byte, v reflect.Value) ([]byte, error) {
	if v.IsNil() {
		return append(data, 0), nil
	}
	at := slices.Index(anyTypes, v.Elem().Type())
	if at < 0 {
		return nil, fmt.Errorf("%w: %s", errNoCode, v.Elem().Type())
	}
	return encode(append(data, byte(at+1)), v.Elem())
}

func encodeSlice(data []byte, v reflect.Value) (_ []byte, err error) {
	if v.IsNil() {
		return append(data, 0), nil
	}
	data = binary.AppendUvarint(data, uint64(v.Len())+1)
	for i := 0; i < v.Len() && err == nil; i++ {
		data, err = encode(data, v.Index(i))
	}
	return data, err
}

func encodeMap(data []byte, v reflect.Value) (_ []byte, err error) {
	if v.IsNil() {
		return append(data, 0), nil
	}
	data = binary.AppendUvarint(data, uint64(v.Len())+1)
	for of := v.MapRange(); of.Next() && err == nil; {
		if data, err = encode(data, of.Key()); err == nil {
			data, err = encode(data, of.Value())
		}
	}
	return data, err
}

// encodeStruct writes the fields that are not zero, each after its number, and a 0.
func encodeStruct(data []byte, v reflect.Value) (_ []byte, err error) {
	for i := 0; i < v.NumField() && err == nil; i++ {
		switch {
		case v.Field(i).IsZero():
		case !v.Type().Field(i).IsExported():
			return nil, fmt.Errorf("%w: %s of %s", errNoCode, v.Type().Field(i).Name, v.Type())
		default:
			data, err = encode(binary.AppendUvarint(data, uint64(i)+1), v.Field(i))
		}
	}
	return append(data, 0), err
}

// decoder reads what encode wrote. It stops at the first thing that cannot be.
type decoder struct {
	data string // what is left; texts are parts of it
	bad  bool
}

func (d *decoder) uvarint() (n uint64) {
	for shift := 0; shift < 64 && d.data != ""; shift += 7 {
		b := d.data[0]
		d.data = d.data[1:]
		if n |= uint64(b&0x7f) << shift; b < 0x80 {
			return n
		}
	}
	d.bad = true
	return 0
}

// count is a length, at most of what is left: each element has a byte at least.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.data))+1 {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) text() (s string) {
	if n := d.count(); n <= len(d.data) {
		s, d.data = d.data[:n], d.data[n:]
		return s
	}
	d.bad = true
	return ""
}

// into fills v, which is zero.
func (d *decoder) into(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(d.text())
	case reflect.Bool:
		v.SetBool(d.uvarint() == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := d.uvarint()
		v.SetInt(int64(n>>1) ^ -int64(n&1))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(d.uvarint())
	case reflect.Float32, reflect.Float64:
		v.SetFloat(math.Float64frombits(d.uvarint()))
	case reflect.Pointer:
		if d.uvarint() == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			d.into(v.Elem())
		}
	case reflect.Interface:
		d.intoAny(v)
	case reflect.Slice:
		if n := d.count(); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n-1))
			for i := 0; i < n-1 && !d.bad; i++ {
				d.into(v.Index(i))
			}
		}
	case reflect.Map:
		d.intoMap(v)
	case reflect.Struct:
		d.intoStruct(v)
	default:
		d.bad = true
	}
}

func (d *decoder) intoAny(v reflect.Value) {
	at := d.uvarint()
	if at == 0 {
		return
	}
	if at > uint64(len(anyTypes)) {
		d.bad = true
		return
	}
	held := reflect.New(anyTypes[at-1]).Elem()
	d.into(held)
	v.Set(held)
}

func (d *decoder) intoMap(v reflect.Value) {
	n := d.count()
	if n == 0 {
		return
	}
	t := v.Type()
	v.Set(reflect.MakeMapWithSize(t, n-1))
	key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
	for i := 0; i < n-1 && !d.bad; i++ {
		key.SetZero()
		value.SetZero()
		d.into(key)
		d.into(value)
		v.SetMapIndex(key, value)
	}
}

func (d *decoder) intoStruct(v reflect.Value) {
	for !d.bad {
		i := d.uvarint()
		if i == 0 {
			return
		}
		if i > uint64(v.NumField()) || !v.Type().Field(int(i)-1).IsExported() {
			d.bad = true
			return
		}
		d.into(v.Field(int(i) - 1))
	}
}
