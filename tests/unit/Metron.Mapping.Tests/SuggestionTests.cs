using CsCheck;

namespace Metron.Mapping.Tests;

public sealed class SuggestionTests
{
    private static readonly string[] Fields = ["name", "rules", "defaultAction", "stateful", "fragments", "timeouts"];

    [Theory]
    [InlineData("nmae", "name")]
    [InlineData("default_action", "defaultAction")]
    [InlineData("Default-Action", "defaultAction")]
    [InlineData("statful", "stateful")]
    [InlineData("fragment", "fragments")]
    [InlineData("policy", null)]
    public void A_near_word_is_found_and_a_far_one_is_not(string word, string? expected) =>
        Assert.Equal(expected, Suggestion.For(word, Fields));

    [Fact]
    public void Without_a_near_word_the_choices_are_listed() =>
        Assert.Equal("; expected one of a, b", Suggestion.Phrase("zzzz", ["a", "b"]));

    [Fact]
    public void A_word_with_one_letter_missing_is_always_recognised() =>
        Gen.Select(Gen.OneOf(Fields.Select(Gen.Const).ToArray()), Gen.Double.Unit).Sample((field, where) =>
        {
            var at = (int)(where * field.Length);
            return Suggestion.For(field.Remove(at, 1), Fields) == field;
        });
}
