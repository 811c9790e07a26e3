namespace Metron.Bench.Lookup;

/// <summary>A structure that is asked many questions in a row.</summary>
internal interface IAnswers
{
    /// <summary>How many questions there are.</summary>
    int Questions { get; }

    /// <summary>Answers some of the questions.</summary>
    /// <param name="first">Number of the first question.</param>
    /// <param name="answers">The answers go here; its length says how many.</param>
    void Answer(int first, Span<int> answers);

    /// <summary>Answers them as the dataplane does with a burst: what can be asked of memory ahead is asked for all of them first.</summary>
    void AnswerBurst(int first, Span<int> answers);
}
