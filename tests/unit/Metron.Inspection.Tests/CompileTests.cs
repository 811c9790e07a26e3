namespace Metron.Inspection.Tests;

/// <summary>Patterns that cannot be compiled are named.</summary>
public class CompileTests
{
    [Fact]
    public void A_wrong_expression_is_named_with_the_place_and_the_reason_that_the_library_gives()
    {
        var exception = Assert.Throws<PatternException>(
            () => PatternDatabase.Compile([Pattern.Regex(5, "right"), Pattern.Regex(9, "a(b")], forStreams: true));
        Assert.Equal(9, exception.PatternId);
        Assert.Equal("Missing close parenthesis for group started at index 1", exception.Message);
    }

    [Theory]
    [InlineData("a[b", "Unterminated character class starting at index 1")]
    [InlineData("(a)\\1", "Back-references are unsupported")]
    [InlineData("a(?=b)", "Zero-width assertions are not supported")]
    [InlineData("x*", "Pattern matches without a single byte")]
    public void A_single_expression_can_be_checked_without_compiling_it(string expression, string problem) =>
        Assert.StartsWith(problem, PatternDatabase.FindProblem(Pattern.Regex(0, expression)), StringComparison.Ordinal);

    [Fact]
    public void Nothing_is_said_about_a_right_expression()
    {
        Assert.Null(PatternDatabase.FindProblem(Pattern.Regex(0, "a+b{1,3}$")));
        Assert.Null(PatternDatabase.FindProblem(Pattern.Literal(0, "(["u8)));
    }
}
