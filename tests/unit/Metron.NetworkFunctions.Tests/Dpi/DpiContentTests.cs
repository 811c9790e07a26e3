using System.Text;
using CsCheck;
using Metron.NetworkFunctions.Dpi;

namespace Metron.NetworkFunctions.Tests.Dpi;

public class DpiContentTests
{
    [Theory]
    [InlineData("abc", "616263")]
    [InlineData("|41 4243|", "414243")]
    [InlineData("a|0d 0A|b", "610d0a62")]
    [InlineData(@"a\|b\\", "617c625c")]
    [InlineData("ä", "c3a4")]
    [InlineData("|f0 9f|x|00|", "f09f7800")]
    public void Text_and_hexadecimal_are_read(string text, string bytes)
    {
        Assert.True(DpiContent.TryParse(text, out var read, out _));
        Assert.Equal(bytes, Convert.ToHexStringLower(read));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("ab|41", "has an opening | without a closing one at offset 2")]
    [InlineData("|4|", "must have pairs of hexadecimal digits between the bars at offset 0")]
    [InlineData("a||", "must have pairs of hexadecimal digits between the bars at offset 1")]
    [InlineData("|4g|", "must have pairs of hexadecimal digits between the bars at offset 0")]
    [InlineData("a\\", "ends with a backslash at offset 1; write \\\\ for one")]
    public void A_wrong_content_is_refused_with_the_place(string text, string expected)
    {
        Assert.False(DpiContent.TryParse(text, out _, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void What_is_written_is_read_again() => Gen.Byte.Array[1, 40].Sample(bytes =>
    {
        Assert.True(DpiContent.TryParse(DpiContent.Write(bytes), out var read, out _));
        Assert.Equal(bytes, read);
    });

    [Fact]
    public void Any_text_is_read_or_refused() => Gen.String[Gen.Char["ab|\\ 0f\ud83d\ude00é"], 0, 12].Sample(text =>
    {
        var isRead = DpiContent.TryParse(text, out var bytes, out var problem);
        Assert.Equal(isRead, problem is null && bytes!.Length > 0);
    });

    [Fact]
    public void Bytes_are_written_readably() =>
        Assert.Equal("GET /|0d 0a 7c|x|22|", DpiContent.Write(Encoding.ASCII.GetBytes("GET /\r\n|x\"")));
}
