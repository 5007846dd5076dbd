"""Short forms of given names that are common enough to be one name: Bob is Robert."""

from __future__ import annotations

_GROUPS = """
robert bob bobby rob robbie bert; william will bill billy willy liam; richard rick ricky dick rich richie;
james jim jimmy jamie; john jack johnny jon; jonathan jon nathan; joseph joe joey jo; thomas tom tommy;
charles charlie chuck chas; christopher chris topher kit; daniel dan danny; david dave davy; edward ed eddie
ted ned; michael mike mick mickey micky; matthew matt; andrew andy drew; anthony tony; alexander alex sandy
xander al; benjamin ben benny benji; francis frank frankie; frederick fred freddy freddie; george georgie;
gerald gerry jerry; gregory greg; harold harry hal; henry harry hank; jeffrey jeff; kenneth ken kenny;
lawrence larry; leonard len lenny leo; nicholas nick nicky; patrick pat paddy; peter pete; philip phil;
raymond ray; ronald ron ronnie; samuel sam sammy; stephen steve; steven steve stevie; timothy tim timmy;
theodore ted teddy theo; vincent vince vinny; walter walt wally; zachary zach zack; albert al bert; arthur
art; donald don donnie; douglas doug; eugene gene; joshua josh; nathaniel nat nate; elizabeth liz lizzie beth
betty betsy eliza lisa libby; margaret maggie meg peggy marge margie greta; katherine kate kathy katie kat
kitty; catherine cathy kate cate; patricia pat patty tricia trish; jennifer jen jenny; jessica jess jessie;
rebecca becky becca; susan sue susie suzy; deborah deb debbie; barbara barb babs; victoria vicky tori;
samantha sam; christine chris tina chrissy; christina tina chris; alexandra alex sandra lexi; amanda mandy;
abigail abby gail; dorothy dot dottie; eleanor ellie nell; emily em; isabella bella izzy; jacqueline jackie;
kimberly kim; madeline maddie; melissa mel missy; nancy nan; pamela pam; penelope penny; sandra sandy;
stephanie steph; theresa terry tess; valerie val; cynthia cindy; judith judy; janet jan; josephine jo josie;
caroline carrie; virginia ginny; wilhelm willi; johannes hans; friedrich fritz; heinrich heinz; josef sepp;
francisco paco pancho; jose pepe; guillermo memo; dolores lola; giuseppe beppe
"""
_SHORT = {name: number for number, group in enumerate(_GROUPS.split(";")) for name in group.split()}


def short_of(name: str, /) -> int | None:
    """Return the number of the group to which the folded given name belongs, None if it is in no group.

    >>> short_of("bob") == short_of("robert"), short_of("hanako")
    (True, None)
    """
    return _SHORT.get(name)
