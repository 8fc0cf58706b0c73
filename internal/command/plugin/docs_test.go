package plugin

import "testing"

func TestDocumentationIsFoldedBetweenWordsAndCodeIsNot(t *testing.T) {
	t.Parallel()
	const text = "# a heading that is long\n\none two three\nfour five\n- an item of a list\n- another\n\n| a | table that is long |\n\n```console\n$ mage a:b -and -what -follows\n```\n"
	for width, want := range map[int]string{
		0:  text,
		12: "# a heading that is long\n\none two\nthree four\nfive\n- an item of\na list\n- another\n\n| a | table that is long |\n\n```console\n$ mage a:b -and -what -follows\n```\n",
	} {
		if got := folded(text, width); got != want {
			t.Errorf("%d: got\n%s\nwant\n%s", width, got, want)
		}
	}
}
