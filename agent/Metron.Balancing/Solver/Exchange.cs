namespace Metron.Balancing;

/// <summary>A step of the search: a flow group goes from one worker to another, and perhaps one comes back for it.</summary>
/// <param name="Fall">By how much squared imbalance falls.</param>
/// <param name="Gain">The same less what the moves cost more than before.</param>
/// <param name="Score">Gain by move, by which steps are compared.</param>
/// <param name="Giver">Worker that gives the larger flow group.</param>
/// <param name="Taker">Worker that takes it.</param>
/// <param name="Given">Flow group that it gives.</param>
/// <param name="Returned">Flow group that comes back, or <see cref="Assignment.None"/>.</param>
internal readonly record struct Exchange(double Fall, double Gain, double Score, int Giver, int Taker, int Given, int Returned)
{
    /// <summary>No step at all.</summary>
    public static Exchange Nothing => new(0, 0, 0, Assignment.None, Assignment.None, Assignment.None, Assignment.None);

    /// <summary>Whether there is a step.</summary>
    public bool Exists => Giver != Assignment.None;
}
